/** A deadline in colour and in words: nobody has to tell red from green. */
import { ClockCircleOutlined, PauseCircleOutlined, WarningOutlined } from "@ant-design/icons";
import type { Due } from "../api/types";
import { civilDate, dateTime } from "../lib/dates";
import { daysLeft, dueState, isWholeDay, lastDay, type DueState } from "../lib/due";
import { civil } from "../lib/range";
import { useSpeech, type Lang } from "../text";
import type { Words } from "../text/zh";

const TONES: Record<DueState, string> = { overdue: "bad", today: "mine", soon: "mine", later: "plain", paused: "busy" };
const ICONS = { overdue: WarningOutlined, today: ClockCircleOutlined, soon: ClockCircleOutlined, later: ClockCircleOutlined, paused: PauseCircleOutlined };

export function dueWords(due: Due, now: Date, t: Words): string {
  const state = dueState(due, now);
  const days = daysLeft(due.at, now);
  if (state === "overdue") return t.due.overdue(-days);
  if (state === "soon" || state === "later") return t.due[state](days);
  return t.due[state];
}

export const dueTitle = (due: Due, t: Words, lang: Lang) =>
  (isWholeDay(due.at) ? t.due.byDay(civilDate(civil(lastDay(due.at)), lang)) : t.due.by(dateTime(due.at, lang))) + (due.provisional ? t.due.provisional : "");

export function DueTag({ due }: { due: Due }) {
  const { t, lang } = useSpeech();
  const now = new Date();
  const state = dueState(due, now);
  const Icon = ICONS[state];
  return <span className={`tag tag-${TONES[state]} due-${state}`} title={dueTitle(due, t, lang)}><Icon aria-hidden /> {dueWords(due, now, t)}</span>;
}
