// grammY with sessions on SQLite: the place in the talk is a number in the session.
import { session } from "grammy";
import * as asked from "./asked.js";
import { newBot, serve } from "./serve.js";
import { keep, storage } from "./store.js";

const bot = newBot();
bot.use(session({ initial: () => ({ at: -1, chosen: [], answers: {} }), storage }));

bot.command("start", (ctx) => asked.show(ctx, asked.home()));
bot.callbackQuery("report", (ctx) => {
  ctx.session = { at: -1, chosen: [], answers: {} };
  return go(ctx, 0);
});
bot.callbackQuery("back", (ctx) => go(ctx, Math.max(0, ctx.session.at - 1)));
bot.callbackQuery("cancel", async (ctx) => {
  ctx.session = { at: -1, chosen: [], answers: {} };
  await ctx.answerCallbackQuery();
  await ctx.editMessageText(asked.TALK.cancel);
});
bot.callbackQuery("file", async (ctx) => {
  const number = keep(ctx.session.answers);
  ctx.session = { at: -1, chosen: [], answers: {} };
  await ctx.answerCallbackQuery();
  await ctx.editMessageText(asked.receipt(number));
});
bot.callbackQuery(/^(\d+|done)$/, (ctx) => {
  const { at, answers } = ctx.session;
  const data = ctx.callbackQuery.data;
  if (data !== "done") ctx.session.chosen = asked.pick(at, data, ctx.session.chosen);
  if (asked.QUESTIONS[at].kind === "several" && data !== "done") return go(ctx, at);
  answers[asked.QUESTIONS[at].name] = ctx.session.chosen.join(" ");
  return go(ctx, at + 1);
});
bot.on("message:text", (ctx) => {
  const { at, answers } = ctx.session;
  answers[asked.QUESTIONS[at].name] = ctx.message.text;
  return go(ctx, at + 1);
});

function go(ctx, at) {
  const { session } = ctx;
  if (at !== session.at) Object.assign(session, { at, chosen: [] });
  const card = at === asked.REVIEW
    ? asked.summary(session.answers)
    : asked.question(at, session.chosen);
  return asked.show(ctx, card);
}

await serve(bot);
