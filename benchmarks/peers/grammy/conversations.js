// grammY with its conversations plugin on SQLite: the talk is one function, replayed each time.
import { conversations, createConversation } from "@grammyjs/conversations";
import * as asked from "./asked.js";
import { newBot, serve } from "./serve.js";
import { keep, storage } from "./store.js";

async function report(conversation, ctx) {
  const answers = {};
  for (let at = 0; at < asked.REVIEW; at++) {
    const { kind, name } = asked.QUESTIONS[at];
    let chosen = [];
    for (;;) {
      await asked.show(ctx, asked.question(at, chosen));
      ctx = await conversation.wait();
      const data = ctx.callbackQuery?.data;
      if (kind === "text" && ctx.message?.text) {
        chosen = [ctx.message.text];
        break;
      }
      if (data === "done") break;
      if (kind !== "text" && /^\d+$/.test(data ?? "")) chosen = asked.pick(at, data, chosen);
      if (kind === "one" && chosen.length) break;
    }
    answers[name] = chosen.join(" ");
  }
  await asked.show(ctx, asked.summary(answers));
  ctx = await conversation.waitForCallbackQuery("file");
  const number = await conversation.external(() => Number(keep(answers)));
  await ctx.answerCallbackQuery();
  await ctx.editMessageText(asked.receipt(number));
}

const bot = newBot();
bot.use(conversations({ storage: { type: "key", version: 0, adapter: storage } }));
bot.use(createConversation(report));
bot.command("start", (ctx) => asked.show(ctx, asked.home()));
bot.callbackQuery("report", (ctx) => ctx.conversation.enter("report"));

await serve(bot);
