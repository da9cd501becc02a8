/** All faults at the top, each a link to its field: what one hears first after something was refused. */
import { useEffect, useRef } from "react";
import type { RJSFSchema } from "@rjsf/utils";
import type { Fault } from "../api/types";
import { fieldId, partsOf } from "../lib/pointer";
import { useSpeech } from "../text";
import { labelAt } from "./answers";

interface Props {
  faults: Fault[];
  schema: RJSFSchema;
  /** Shows the fault's field; the field is focused afterwards. */
  onGo: (fault: Fault) => void;
}

export function ErrorSummary({ faults, schema, onGo }: Props) {
  const { t, pick } = useSpeech();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (faults.length > 0) box.current?.focus();
  }, [faults]);
  if (faults.length === 0) return null;
  return (
    <div className="error-summary" ref={box} tabIndex={-1} role="alert" aria-labelledby="error-summary-title">
      <h2 id="error-summary-title">{t.errors.summary(faults.length)}</h2>
      <p>{t.errors.summaryHint}</p>
      <ul>
        {faults.map((fault, i) => {
          const label = labelAt(schema, partsOf(fault.pointer));
          return (
            <li key={i}>
              <a href={`#${fieldId(fault.pointer)}`} onClick={(e) => { e.preventDefault(); onGo(fault); }}>
                {label && fault.code !== "missing" ? `${label}${t.colon}` : ""}{pick(fault.message)}
              </a>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Focuses the field at the pointer, or the nearest one around it that is on the page. */
export function focusField(pointer: string) {
  const parts = partsOf(pointer);
  for (let n = parts.length; n >= 0; n--) {
    const found = document.getElementById(fieldId(parts.slice(0, n).map((p) => `/${p}`).join("")));
    if (!found) continue;
    const target = found.matches("input,select,textarea,button") ? found : (found.querySelector<HTMLElement>("input,select,textarea") ?? found);
    target.focus();
    target.scrollIntoView({ block: "center" });
    return;
  }
}
