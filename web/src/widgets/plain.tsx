/** The everyday inputs: text, long text, number, date, choices and the tick. Plain elements: the browser and its readers know them best. */
import type { WidgetProps } from "@rjsf/utils";
import { useSpeech } from "../text";
import { labelId, useDescribed } from "../form/templates";

const hasHelp = (props: WidgetProps) => props.uiSchema?.["ui:help"] !== undefined;

export function TextWidget(props: WidgetProps) {
  const described = useDescribed(props.id, hasHelp(props));
  const { id, value, onChange, schema, disabled, readonly } = props;
  const number = schema.type === "number" || schema.type === "integer";
  return (
    <input
      id={id} className={number ? "input input-short" : "input"} type="text" inputMode={number ? "decimal" : undefined} value={value ?? ""} maxLength={schema.maxLength}
      disabled={disabled || readonly} autoComplete="off" required={props.required} {...described}
      onChange={(e) => onChange(e.target.value === "" ? undefined : e.target.value)}
    />
  );
}

export function TextareaWidget(props: WidgetProps) {
  const described = useDescribed(props.id, hasHelp(props));
  return (
    <textarea
      id={props.id} className="input" rows={5} value={props.value ?? ""} maxLength={props.schema.maxLength} disabled={props.disabled || props.readonly}
      required={props.required} {...described} onChange={(e) => props.onChange(e.target.value === "" ? undefined : e.target.value)}
    />
  );
}

export function DateWidget(props: WidgetProps) {
  const described = useDescribed(props.id, hasHelp(props));
  return (
    <input
      id={props.id} className="input input-short" type="date" value={props.value ?? ""} disabled={props.disabled || props.readonly} required={props.required}
      {...described} onChange={(e) => props.onChange(e.target.value || undefined)}
    />
  );
}

export function SelectWidget(props: WidgetProps) {
  const { t } = useSpeech();
  const described = useDescribed(props.id, hasHelp(props));
  const options = props.options.enumOptions ?? [];
  return (
    <select
      id={props.id} className="input" value={props.value === undefined ? "" : String(props.value)} disabled={props.disabled || props.readonly} required={props.required} {...described}
      onChange={(e) => props.onChange(options.find((o) => String(o.value) === e.target.value)?.value)}
    >
      <option value="">{t.form.choose}</option>
      {options.map((o, i) => <option key={i} value={String(o.value)}>{o.label}</option>)}
    </select>
  );
}

export function RadioWidget(props: WidgetProps) {
  const described = useDescribed(props.id, hasHelp(props));
  const options = props.options.enumOptions ?? [];
  return (
    <div id={props.id} role="radiogroup" aria-labelledby={labelId(props.id)} className={options.length > 2 ? "radios radios-many" : "radios"} {...described}>
      {options.map((o, i) => (
        <label key={i} className="radio">
          <input type="radio" name={props.id} value={String(o.value)} checked={o.value === props.value} disabled={props.disabled || props.readonly} onChange={() => props.onChange(o.value)} />
          <span>{o.label}</span>
        </label>
      ))}
    </div>
  );
}

export function CheckboxWidget(props: WidgetProps) {
  const described = useDescribed(props.id, hasHelp(props));
  return (
    <label className="radio tick">
      <input id={props.id} type="checkbox" checked={props.value === true} disabled={props.disabled || props.readonly} {...described} onChange={(e) => props.onChange(e.target.checked)} />
      <span>{props.label}</span>
    </label>
  );
}
