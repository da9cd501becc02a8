/** How much time an agency has left, in days as a clerk counts them: by the calendar of the zone. */
import type { Due } from "../api/types";

const ZONE = "Asia/Shanghai";
const DAY_MS = 86_400_000;
/** A case is marked when it has no more than so many days left. */
const SOON_DAYS = 2;

export type DueState = "overdue" | "today" | "soon" | "later" | "paused";

/** Midnight, in UTC, of the civil day that the instant has in the zone. */
const dayOf = (at: Date) => Date.parse(new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" }).format(at));

/** The last day on which the deadline is kept. Midnight ends a day: what is due at 00:00 on Friday is due on Thursday. */
export const lastDay = (at: string): Date => new Date(Date.parse(at) - 1);

/** True if the deadline is the end of a day and no hour within it. */
export const isWholeDay = (at: string): boolean => new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" }).format(new Date(at)) === "00:00";

/** Whole days from today to the last day; negative when that day is past. */
export const daysLeft = (at: string, now: Date): number => Math.round((dayOf(lastDay(at)) - dayOf(now)) / DAY_MS);

export function dueState(due: Due, now: Date): DueState {
  if (due.paused) return "paused";
  if (Date.parse(due.at) < now.getTime()) return "overdue";
  const days = daysLeft(due.at, now);
  return days === 0 ? "today" : days <= SOON_DAYS ? "soon" : "later";
}

/** Whole hours, rounded up: what was begun counts. */
export const hoursOf = (seconds: number): number => Math.ceil(seconds / 3600);
