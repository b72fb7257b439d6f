// What this browser keeps by itself: what was said here and not yet sent, and how big the letters are.
// localStorage may be forbidden or full: then everything still works for this visit.

const ROOT = "chat:";

export class Store {
  constructor(person) {
    this.prefix = `${ROOT}${person}:`;
  }

  get(key, otherwise = null) {
    return read(this.prefix + key) ?? otherwise;
  }

  set(key, value) {
    write(this.prefix + key, value);
  }

  drop(key) {
    attempt(() => localStorage.removeItem(this.prefix + key));
  }

  // Values under keys that begin with `kind`, each a line of its own so that two tabs do not
  // overwrite each other's.
  all(kind) {
    return keys(this.prefix + kind).map(read).filter(Boolean);
  }

  // Another cookie, another session: what was not sent yet goes along.
  moveTo(person) {
    const other = new Store(person);
    for (const item of this.all("item:")) if (item.state === "waiting") other.set(`item:${item.n}`, item);
    this.wipe();
  }

  wipe() {
    for (const key of keys(this.prefix)) attempt(() => localStorage.removeItem(key));
  }
}

export const look = {
  get: () => read(`${ROOT}look`) ?? {},
  set: (value) => write(`${ROOT}look`, value),
};

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Photos that wait for the line outlive a reload in IndexedDB.
export const blobs = {
  put: (id, blob) => inBlobs("readwrite", (all) => all.put(blob, id)),
  get: (id) => inBlobs("readonly", (all) => all.get(id)),
  drop: (id) => inBlobs("readwrite", (all) => all.delete(id)),
  wipe: () => inBlobs("readwrite", (all) => all.clear()),
};

async function inBlobs(mode, act) {
  try {
    const database = await settled(openBlobs());
    const result = await settled(act(database.transaction("blobs", mode).objectStore("blobs")));
    database.close();
    return result;
  } catch {
    return undefined;
  }
}

function openBlobs() {
  const opening = indexedDB.open("chat", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("blobs");
  return opening;
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function keys(prefix) {
  return attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix))) ?? [];
}

function read(key) {
  return attempt(() => JSON.parse(localStorage.getItem(key)));
}

function write(key, value) {
  attempt(() => localStorage.setItem(key, JSON.stringify(value)));
}

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}
