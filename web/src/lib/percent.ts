/** Shares as the server wants them: a decimal text with two places, "60.00". */
import { halfWidth } from "./money";

/** "60", "60.5%" → "60.00", "60.50"; null if it isn't between 0 and 100 with two decimals at most. */
export function percentOf(text: string): string | null {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?%?$/.exec(halfWidth(text));
  if (!match) return null;
  const [, whole, places] = match;
  const hundredths = Number(whole) * 100 + Number((places ?? "").padEnd(2, "0"));
  if (hundredths > 10_000) return null;
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}`;
}
