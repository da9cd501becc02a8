/** Money and shares: people write yuan and percent, the server gets whole fen and a decimal text. */
import type { WidgetProps } from "@rjsf/utils";
import { useEffect, useState } from "react";
import { fenOf, yuanOf } from "../lib/money";
import { percentOf } from "../lib/percent";
import { useSpeech } from "../text";
import { useDescribed } from "../form/templates";

interface Reading {
  read: (text: string) => number | string | null;
  write: (value: unknown) => string;
  unit: string;
  bad: string;
}

function Measured({ props, reading }: { props: WidgetProps; reading: Reading }) {
  const { id, value, onChange } = props;
  const [text, setText] = useState(() => reading.write(value));
  const described = useDescribed(id, props.uiSchema?.["ui:help"] !== undefined);
  const understood = text === "" ? undefined : (reading.read(text) ?? undefined);
  const bad = text !== "" && understood === undefined;
  // What was changed from outside (a draft, a reset) is shown; what is being typed is left alone.
  useEffect(() => {
    if (understood !== value && !(bad && value === undefined)) setText(reading.write(value));
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [value]);
  return (
    <div>
      <span className="measured">
        <input
          id={id} className="input input-short" type="text" inputMode="decimal" autoComplete="off" value={text} required={props.required}
          disabled={props.disabled || props.readonly} {...described} {...(bad ? { "aria-invalid": true, "aria-describedby": `${id}__bad` } : {})}
          onChange={(e) => {
            setText(e.target.value);
            onChange(e.target.value === "" ? undefined : (reading.read(e.target.value) ?? undefined));
          }}
          onBlur={() => understood !== undefined && setText(reading.write(understood))}
        />
        <span className="unit">{reading.unit}</span>
      </span>
      <p className="field-error" id={`${id}__bad`} role="status">{bad ? reading.bad : ""}</p>
    </div>
  );
}

export function MoneyWidget(props: WidgetProps) {
  const { t } = useSpeech();
  const write = (value: unknown) => (typeof value === "number" ? yuanOf(value) : "");
  return <Measured props={props} reading={{ read: fenOf, write, unit: t.form.yuan, bad: t.form.moneyBad }} />;
}

export function PercentWidget(props: WidgetProps) {
  const { t } = useSpeech();
  const write = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : "");
  return <Measured props={props} reading={{ read: percentOf, write, unit: "%", bad: t.form.percentBad }} />;
}
