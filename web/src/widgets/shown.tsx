/** Answers where they are only read. */
import { civilDate } from "../lib/dates";
import { yuanOf } from "../lib/money";
import { useSpeech } from "../text";

type Shown = { value: unknown };

export function MoneyShown({ value }: Shown) {
  const { lang } = useSpeech();
  if (typeof value !== "number") return <>{String(value)}</>;
  return <span className="figure">{lang === "zh" ? `${yuanOf(value)} 元` : `CNY ${yuanOf(value)}`}</span>;
}
export const PercentShown = ({ value }: Shown) => <span className="figure">{String(value)}%</span>;
export function DateShown({ value }: Shown) {
  const { lang } = useSpeech();
  return <>{civilDate(String(value), lang)}</>;
}
export const TextShown = ({ value }: Shown) => <span className="long-text">{String(value)}</span>;
