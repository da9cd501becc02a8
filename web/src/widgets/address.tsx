/** A standard address (统一地址): district, street, community, then the unit. The value is the unit's code. */
import type { WidgetProps } from "@rjsf/utils";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useZone } from "../api/queries";
import { labelId, useDescribed } from "../form/templates";
import { useSpeech } from "../text";
import { useAsk } from "./ask";

interface Address {
  code: string;
  text: string;
  use?: string;
  state?: string;
}
type Addresses = { addresses?: Address[]; down?: string };

const COMMUNITY_DIGITS = 12;
const UNITS_SHOWN_MAX = 60;

export function AddressWidget(props: WidgetProps) {
  const { t } = useSpeech();
  const { id, onChange } = props;
  const value = typeof props.value === "string" ? props.value : "";
  const [division, setDivision] = useState(value.slice(0, COMMUNITY_DIGITS));
  const { data: zone } = useZone();
  const described = useDescribed(id, props.uiSchema?.["ui:help"] !== undefined);
  const level = (digits: number, parent: string) =>
    (zone?.divisions ?? []).filter((d) => d.code.length === digits && d.code.startsWith(parent));
  const chosen = (digits: number) => (division.length >= digits ? division.slice(0, digits) : "");
  const choose = (code: string) => {
    setDivision(code);
    if (value) onChange(undefined);
  };
  const levels = [
    { digits: 6, label: t.address.district, parent: "" },
    { digits: 9, label: t.address.street, parent: chosen(6) },
    { digits: 12, label: t.address.community, parent: chosen(9) },
  ];
  return (
    <div id={id} role="group" aria-labelledby={labelId(id)} className="address" {...(described["aria-describedby"] ? { "aria-describedby": described["aria-describedby"] } : {})}>
      <div className="address-levels">
        {levels.map(({ digits, label, parent }) => (
          <div key={digits} className="address-level">
            <label htmlFor={`${id}/${digits}`}>{label}</label>
            <select
              id={`${id}/${digits}`} className="input" value={chosen(digits)} disabled={digits > 6 && parent === ""} aria-invalid={described["aria-invalid"]}
              onChange={(e) => choose(e.target.value || parent)}
            >
              <option value="">{t.form.choose}</option>
              {(digits === 6 || parent ? level(digits, parent) : []).map((d) => <option key={d.code} value={d.code}>{d.name}</option>)}
            </select>
          </div>
        ))}
      </div>
      {division.length === COMMUNITY_DIGITS && <Units key={division} id={id} community={division} value={value} onChange={onChange} />}
    </div>
  );
}

function Units({ id, community, value, onChange }: { id: string; community: string; value: string; onChange: (code?: string) => void }) {
  const { t } = useSpeech();
  const [filter, setFilter] = useState("");
  const { data, isFetching, error } = useAsk<Addresses>("find-addresses", { community });
  const all = useMemo(() => data?.addresses ?? [], [data]);
  const found = useMemo(() => {
    const words = filter.normalize("NFKC").trim().split(/\s+/).filter(Boolean);
    return all.filter((a) => words.every((w) => a.text.includes(w)));
  }, [all, filter]);
  if (isFetching && !data) return <p className="hint" role="status">{t.address.looking}</p>;
  if (error || data?.down !== undefined) return <p className="hint hint-warn" role="status">{t.address.down}</p>;
  const chosen = all.find((a) => a.code === value);
  if (chosen) {
    return (
      <div className="chosen">
        <div>
          <span className="muted">{t.address.chosen}</span>
          <strong lang="zh-CN">{chosen.text}</strong>
          <span className="muted">{t.address.code} <span className="code">{chosen.code}</span></span>
        </div>
        <Button onClick={() => onChange(undefined)}>{t.address.changeIt}</Button>
      </div>
    );
  }
  if (all.length === 0) return <p className="hint hint-warn" role="status">{t.address.none}</p>;
  return (
    <div className="units">
      <div className="address-level"><label htmlFor={`${id}/filter`}>{t.address.filter}</label>
        <input id={`${id}/filter`} className="input" type="search" value={filter} onChange={(e) => setFilter(e.target.value)} autoComplete="off" />
      </div>
      <p className="hint" role="status">{t.address.shown(Math.min(found.length, UNITS_SHOWN_MAX), found.length)}</p>
      <div className="unit-list" role="radiogroup" aria-label={t.address.chooseUnit} tabIndex={0}>
        {found.slice(0, UNITS_SHOWN_MAX).map((a) => (
          <label key={a.code} className="radio">
            <input type="radio" name={`${id}/unit`} value={a.code} checked={false} onChange={() => onChange(a.code)} />
            <span className="unit-text"><span lang="zh-CN">{a.text}</span> <Nature address={a} /></span>
          </label>
        ))}
      </div>
    </div>
  );
}

/** What the unit is for, and what keeps it from being used. */
function Nature({ address }: { address: Address }) {
  const { t } = useSpeech();
  const use = t.address.use[address.use ?? ""];
  const state = t.address.state[address.state ?? ""];
  return <>{use && <span className="tag tag-plain">{use}</span>}{state && <span className="tag tag-bad">{state}</span>}</>;
}

/** The address in words, for the page that shows the answers. */
export function AddressShown({ value }: { value: unknown }) {
  const code = typeof value === "string" ? value : "";
  const { data } = useAsk<Addresses>("find-addresses", code.length > COMMUNITY_DIGITS ? { community: code.slice(0, COMMUNITY_DIGITS) } : null);
  const text = data?.addresses?.find((a) => a.code === code)?.text;
  return <span>{text && <span lang="zh-CN">{text}</span>} <span className="code muted">{code}</span></span>;
}
