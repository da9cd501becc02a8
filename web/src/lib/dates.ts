/** Instants become local at the edge: the zone's clock is Asia/Shanghai. */
import type { Lang } from "../text";

const ZONE = "Asia/Shanghai";
const locale = (lang: Lang) => (lang === "zh" ? "zh-CN" : "en-GB");

export function dateTime(iso: string | null | undefined, lang: Lang): string {
  const date = iso ? new Date(iso) : null;
  if (!date || Number.isNaN(date.getTime())) return iso ?? "";
  return new Intl.DateTimeFormat(locale(lang), {
    timeZone: ZONE, year: "numeric", month: lang === "zh" ? "numeric" : "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
  }).format(date);
}

/** A civil date, "2026-11-22", which has no time zone. */
export function civilDate(text: string, lang: Lang): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  return new Intl.DateTimeFormat(locale(lang), { timeZone: "UTC", year: "numeric", month: "long", day: "numeric" }).format(new Date(`${text}T00:00:00Z`));
}
