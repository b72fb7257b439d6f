// The documented way to take updates over HTTP, and to say where.
import { createServer } from "node:http";
import { Bot, webhookCallback } from "grammy";

const { BENCH_API, BENCH_PORT, BENCH_TOKEN } = process.env;

export const newBot = () => new Bot(BENCH_TOKEN, { client: { apiRoot: BENCH_API } });

export async function serve(bot) {
  await bot.init();
  createServer(webhookCallback(bot, "http")).listen(Number(BENCH_PORT), "127.0.0.1");
  await bot.api.setWebhook(`http://127.0.0.1:${BENCH_PORT}/hook`);
}
