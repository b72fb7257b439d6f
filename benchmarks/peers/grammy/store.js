// SQLite that has forgotten nothing after a power cut, as a grammY storage adapter.
import Database from "better-sqlite3";

const db = new Database(`${process.env.BENCH_FOLDER}/grammy.db`);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value TEXT NOT NULL)");
db.exec("CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, answers TEXT NOT NULL)");
const get = db.prepare("SELECT value FROM kept WHERE key = ?");
const put = db.prepare("INSERT OR REPLACE INTO kept (key, value) VALUES (?, ?)");
const drop = db.prepare("DELETE FROM kept WHERE key = ?");
const file = db.prepare("INSERT INTO report (answers) VALUES (?)");

export const storage = {
  read: (key) => {
    const row = get.get(key);
    return row && JSON.parse(row.value);
  },
  write: (key, value) => void put.run(key, JSON.stringify(value)),
  delete: (key) => void drop.run(key),
};

export const keep = (answers) => file.run(JSON.stringify(answers)).lastInsertRowid;
