// The talk as a bot sees it: what each question says, and the labels of its buttons.
import { readFileSync } from "node:fs";
import { InlineKeyboard } from "grammy";

export const TALK = JSON.parse(readFileSync(process.env.BENCH_TALK));
export const QUESTIONS = TALK.questions;
export const REVIEW = QUESTIONS.length;

export const home = () => [
  TALK.home.text,
  keyboard([[TALK.home.start, "report"]], ...TALK.home.others.map((label) => [[label, "no"]])),
];

export function question(at, chosen) {
  const asked = QUESTIONS[at];
  const rows = (asked.options ?? []).map((label, place) => [
    [(chosen.includes(label) ? "✓ " : "") + label, String(place)],
  ]);
  if (asked.kind === "several") rows.push([[TALK.done, "done"]]);
  rows.push([[TALK.back, "back"], [TALK.cancel, "cancel"]]);
  return [`${at + 1}/${REVIEW}\n\n${asked.text}`, keyboard(...rows)];
}

export function summary(answers) {
  const lines = QUESTIONS.map((asked) => `${asked.text} ${answers[asked.name] ?? ""}`);
  const rows = [[[TALK.summary.file, "file"], [TALK.cancel, "cancel"]]];
  return [[TALK.summary.text, ...lines].join("\n"), keyboard(...rows)];
}

export const receipt = (number) => `${TALK.receipt.text} ${number}`;

export function pick(at, data, chosen) {
  const label = QUESTIONS[at].options[Number(data)];
  if (QUESTIONS[at].kind === "one") return [label];
  return chosen.includes(label) ? chosen.filter((each) => each !== label) : [...chosen, label];
}

const keyboard = (...rows) =>
  InlineKeyboard.from(
    rows.map((row) => row.map(([text, callback_data]) => ({ text, callback_data }))),
  );

// Ask the question, or show the summary; one call for the card, one for the press.
export async function show(ctx, [text, reply_markup]) {
  if (!ctx.callbackQuery) return ctx.reply(text, { reply_markup });
  await ctx.answerCallbackQuery();
  return ctx.editMessageText(text, { reply_markup });
}
