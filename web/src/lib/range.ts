/** Ranges of days for figures, as civil dates of the zone. */
const DAY_MS = 86_400_000;

export const civil = (at: Date): string => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" }).format(at);

/** The last `days` days, today included. */
export const lastDays = (days: number, now: Date): { from: string; to: string } => ({ from: civil(new Date(now.getTime() - (days - 1) * DAY_MS)), to: civil(now) });

/** A date that a person or a link has written, or the fallback. */
export const dateOr = (text: string | null, fallback: string): string => (text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : fallback);

/** Every day from one to the other with its counts; days on which nothing happened are zero, because a line must not jump over them. */
export function everyDay<T extends { day: string }>(from: string, to: string, days: T[], none: (day: string) => T): T[] {
  const known = new Map(days.map((d) => [d.day, d]));
  const filled: T[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    filled.push(known.get(day) ?? none(day));
  }
  return filled;
}
