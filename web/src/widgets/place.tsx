/** A place that an authority offers: an engraver with its address, a branch with the times at which a counter is free. */
import type { WidgetProps } from "@rjsf/utils";
import type { Bilingual } from "../api/types";
import { labelId, useDescribed } from "../form/templates";
import { civilDate } from "../lib/dates";
import { useSpeech } from "../text";
import { useAsk } from "./ask";

interface Place {
  id: string;
  name: Bilingual;
  address: string;
  days?: { day: string; free: string[] }[];
}

const Chooser = (question: string) =>
  function PlaceWidget(props: WidgetProps) {
    const { t, lang, pick } = useSpeech();
    const { data, error } = useAsk<Place[]>(question, {});
    const described = useDescribed(props.id, props.uiSchema?.["ui:help"] !== undefined);
    if (error) return <p className="hint" role="alert">{t.place.away}</p>;
    return (
      <div id={props.id} role="radiogroup" aria-labelledby={labelId(props.id)} className="radios radios-many" tabIndex={-1} {...described}>
        {(data ?? []).map((place) => (
          <label key={place.id} className="radio">
            <input type="radio" name={props.id} value={place.id} checked={props.value === place.id} disabled={props.disabled || props.readonly} onChange={() => props.onChange(place.id)} />
            <span>
              {pick(place.name)} <span className="muted small" lang="zh-CN">{place.address}</span>
              {props.value === place.id && place.days && (
                <ul className="plain small">
                  {place.days.map((d) => <li key={d.day}>{civilDate(d.day, lang)} <span className="code">{d.free.join(t.listSeparator) || "—"}</span></li>)}
                </ul>
              )}
            </span>
          </label>
        ))}
      </div>
    );
  };

export const EngraverWidget = Chooser("find-engravers");
export const BranchWidget = Chooser("find-slots");
