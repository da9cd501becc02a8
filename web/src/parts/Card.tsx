/** What a service shows of a case's own facts, read from any card by the words of the service. */
import type { Json, JsonObject, ServiceText } from "../api/types";
import { civilDate, dateTime } from "../lib/dates";
import { humanise } from "../form/prepare";
import { useSpeech } from "../text";
import { shownBy } from "../widgets";
import { MoneyShown } from "../widgets/shown";

type Text = Partial<ServiceText> | null | undefined;
const fieldOf = (text: Text, key: string) => Object.entries(text?.field ?? {}).find(([name]) => name.endsWith(`.${key}`))?.[1];
const choiceOf = (text: Text, value: string) => Object.entries(text?.choice ?? {}).find(([key]) => key.endsWith(`.${value}`))?.[1];
const isObject = (v: Json | undefined): v is JsonObject => typeof v === "object" && v !== null && !Array.isArray(v);
const isEmpty = (v: Json | undefined) => v === null || v === undefined || v === "" || (Array.isArray(v) && v.length === 0) || (isObject(v) && Object.keys(v).length === 0);
const isBilingual = (v: Json): v is { zh: string; en: string } => isObject(v) && typeof v["zh"] === "string" && typeof v["en"] === "string";

export function Card({ card, text }: { card: JsonObject; text: Text }) {
  const { t, pick } = useSpeech();
  const own = text?.card ?? {};
  const labelOf = (key: string) => pick(own[key]) || pick(fieldOf(text, key)) || t.card[key] || "";
  // A service that names the keys of its card shows those alone; the rest is for programs.
  const named = (key: string) => Object.keys(own).length === 0 || key in own || fieldOf(text, key) !== undefined;
  // What is there in words (address_text) needs no code beside it; what has no words at all is for programs.
  const rows = Object.entries(card).filter(([key, value]) => named(key) && labelOf(key) && !isEmpty(value) && value !== 0 && isEmpty(card[`${key}_text`]));
  return (
    <dl className="answers">
      {rows.map(([key, value]) => (
        <div className="answer" key={key}><dt>{labelOf(key)}</dt><dd><Shown name={key} value={value} text={text} /></dd></div>
      ))}
    </dl>
  );
}

/** By the field's own widget where it has one: codes of industries become names. */
function Shown({ name, value, text }: { name: string; value: Json; text: Text }) {
  const widget = fieldOf(text, name)?.widget;
  const Special = widget === "money" || widget === "percent" ? undefined : shownBy(widget);
  return Special ? <Special value={value} /> : <Value name={name} value={value} text={text} />;
}

function Value({ name, value, text }: { name: string; value: Json; text: Text }) {
  const { t, lang, pick } = useSpeech();
  if (isBilingual(value)) return <>{pick(value)}</>;
  if (typeof value === "boolean") return <>{value ? t.apply.yes : t.apply.no}</>;
  if (typeof value === "number") return name.endsWith("_fen") ? <MoneyShown value={value} /> : <>{value}</>;
  if (typeof value === "string") {
    return <>{pick(choiceOf(text, value)) || (/percent$/.test(name) ? `${value}%` : /^\d{4}-\d{2}-\d{2}T/.test(value) ? dateTime(value, lang) : civilDate(value, lang))}</>;
  }
  if (Array.isArray(value)) {
    if (value.every((v) => !isObject(v))) return <>{value.map((v) => (typeof v === "string" && pick(choiceOf(text, v))) || String(v)).join(t.listSeparator)}</>;
    return <ol className="answer-items">{value.map((v, i) => <li key={i}>{isObject(v) ? <Inline value={v} text={text} /> : String(v)}</li>)}</ol>;
  }
  return value && isObject(value) ? <Card card={value} text={text} /> : null;
}

/** A small object in one line: 林晓雨 · 60.00% · 货币. */
function Inline({ value, text }: { value: JsonObject; text: Text }) {
  const { t } = useSpeech();
  const parts = Object.entries(value).filter(([, v]) => !isEmpty(v) && v !== false);
  return (
    <span className="inline-parts">
      {parts.map(([key, v]) => <span key={key}>{v === true ? (t.card[key] ?? humanise(key)) : isObject(v) && !isBilingual(v) ? <Inline value={v} text={text} /> : <Value name={key} value={v} text={text} />}</span>)}
    </span>
  );
}
