/** Money between people, who write yuan, and the server, which counts fen (分). No floats: digits are moved, never multiplied. */

/** The largest amount that JSON carries exactly, in fen. */
const FEN_MAX = Number.MAX_SAFE_INTEGER;

/** Full-width digits, points and commas as the keyboard of a Chinese input method gives them. */
export const halfWidth = (text: string): string =>
  text.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/[　\s]/g, "").replace(/。/g, ".").replace(/，/g, ",");

/** "1,000,000.5" → 100000050; null if it isn't an amount of whole fen, or is too large to be exact. */
export function fenOf(text: string): number | null {
  const plain = halfWidth(text).replace(/^[¥￥]/, "").replace(/元$/, "");
  const match = /^(-?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d{1,2}))?$/.exec(plain);
  if (!match) return null;
  const [, sign, whole, cents] = match;
  const fen = Number(`${whole!.replaceAll(",", "")}${(cents ?? "").padEnd(2, "0")}`);
  if (fen > FEN_MAX) return null;
  return sign && fen !== 0 ? -fen : fen;
}

/** 100000050 → "1,000,000.50". */
export function yuanOf(fen: number): string {
  if (!Number.isSafeInteger(fen)) return "";
  const digits = String(Math.abs(fen)).padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${fen < 0 ? "-" : ""}${whole}.${digits.slice(-2)}`;
}
