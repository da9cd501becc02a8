/** The answers of a form, read only: for the page that asks to check them. */
import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import { useSpeech } from "../text";
import { shownBy } from "../widgets";
import { applies } from "./answers";

interface Props {
  schema: RJSFSchema;
  ui: UiSchema;
  value: unknown;
}

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);
const isEmpty = (v: unknown) => v === undefined || v === null || v === "" || (Array.isArray(v) && v.length === 0);

const SMALL_FIELDS_MAX = 3;
const isSmall = (schema: RJSFSchema): boolean => {
  const fields = Object.values((schema.properties ?? {}) as Record<string, RJSFSchema>);
  return fields.length <= SMALL_FIELDS_MAX && fields.every((f) => f.type !== "object" && f.type !== "array" && f.type !== "boolean");
};

/** Rows of the fields of an object. */
export function Answers({ schema, ui, value }: Props) {
  const data = isObject(value) ? value : {};
  const fields = Object.entries((schema.properties ?? {}) as Record<string, RJSFSchema>).filter(([name]) => applies(schema, name, data));
  return (
    <dl className="answers">
      {fields.map(([name, sub]) => <Answer key={name} schema={sub} ui={(ui[name] ?? {}) as UiSchema} value={data[name]} required={schema.required?.includes(name) ?? false} />)}
    </dl>
  );
}

function Answer({ schema, ui, value, required }: Props & { required: boolean }) {
  const { t } = useSpeech();
  if (isEmpty(value) && !required && schema.type !== "boolean") return null;
  return (
    <div className="answer">
      <dt>{schema.title}</dt>
      <dd>{isEmpty(value) && schema.type !== "boolean" ? <span className="muted">{t.apply.notFilled}</span> : <Value schema={schema} ui={ui} value={value} />}</dd>
    </div>
  );
}

function Value({ schema, ui, value }: Props) {
  const { t } = useSpeech();
  const Shown = shownBy(ui["ui:widget"]);
  if (Shown) return <Shown value={value} />;
  if (schema.type === "boolean") return <>{value === true ? t.apply.yes : t.apply.no}</>;
  if (schema.enum) {
    const names = (ui["ui:enumNames"] ?? []) as string[];
    return <>{names[(schema.enum as unknown[]).indexOf(value)] ?? String(value)}</>;
  }
  if (isObject(value) && isSmall(schema)) {
    // A paper is its kind and its number: one line says it.
    const parts = Object.entries((schema.properties ?? {}) as Record<string, RJSFSchema>).filter(([name]) => applies(schema, name, value) && !isEmpty(value[name]));
    return <span className="inline-parts">{parts.map(([name, sub]) => <span key={name}><Value schema={sub} ui={(ui[name] ?? {}) as UiSchema} value={value[name]} /></span>)}</span>;
  }
  if (isObject(value)) return <Answers schema={schema} ui={ui} value={value} />;
  if (Array.isArray(value)) {
    return (
      <ol className="answer-items">
        {value.map((item, i) => <li key={i}><Value schema={(schema.items ?? {}) as RJSFSchema} ui={(ui["items"] ?? {}) as UiSchema} value={item} /></li>)}
      </ol>
    );
  }
  return <span className="long-text">{String(value)}</span>;
}
