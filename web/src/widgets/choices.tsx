/** Several of a few choices: one tick each. */
import type { WidgetProps } from "@rjsf/utils";
import { labelId, useDescribed } from "../form/templates";

interface Option {
  value: string;
  label: string;
}

export function ChoicesWidget(props: WidgetProps) {
  const described = useDescribed(props.id, props.uiSchema?.["ui:help"] !== undefined);
  const options = (props.options.enumOptions ?? []) as Option[];
  const chosen: string[] = Array.isArray(props.value) ? props.value : [];
  // In the order of the choices, however they were ticked.
  const toggle = (value: string) => props.onChange(options.map((o) => o.value).filter((v) => (v === value) !== chosen.includes(v)));
  return (
    <div id={props.id} role="group" aria-labelledby={labelId(props.id)} className="radios radios-many choices" tabIndex={-1} {...described}>
      {options.map((o) => (
        <label key={o.value} className="radio tick">
          <input type="checkbox" value={o.value} checked={chosen.includes(o.value)} disabled={props.disabled || props.readonly} onChange={() => toggle(o.value)} />
          <span>{o.label}</span>
        </label>
      ))}
    </div>
  );
}
