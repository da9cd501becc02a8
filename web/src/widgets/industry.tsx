/** Industries of GB/T 4754 found by a few words: one for a main industry, several for a business scope (经营范围). */
import { CloseOutlined } from "@ant-design/icons";
import type { WidgetProps } from "@rjsf/utils";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "../form/context";
import { labelId, useDescribed } from "../form/templates";
import { useSpeech } from "../text";
import { useAsk, useSettled } from "./ask";

interface Industry {
  code: string;
  name: string;
}
type Industries = { industries?: Industry[] };

const FOUND_SHOWN_MAX = 12;

export function IndustryWidget(props: WidgetProps) {
  const { t } = useSpeech();
  const { id, onChange, schema } = props;
  const { slug } = useForm();
  const client = useQueryClient();
  const many = schema.type === "array";
  const codes: string[] = many ? (Array.isArray(props.value) ? props.value.filter((v) => typeof v === "string") : []) : props.value ? [String(props.value)] : [];
  const [text, setText] = useState("");
  const asked = useSettled(text.trim());
  const { data, isFetching } = useAsk<Industries>("find-industries", asked ? { text: asked } : null);
  const described = useDescribed(id, props.uiSchema?.["ui:help"] !== undefined);
  const found = (data?.industries ?? []).filter((i) => !codes.includes(i.code)).slice(0, FOUND_SHOWN_MAX);
  const set = (next: string[]) => onChange(many ? next : next.at(-1));
  const add = (industry: Industry) => {
    // The name is known already: whoever shows the code need not ask for it.
    client.setQueryData(["ask", slug, "find-industries", { text: industry.code }], { industries: [industry] });
    set(many ? [...codes, industry.code] : [industry.code]);
    setText("");
  };
  return (
    <div>
      {codes.length > 0 && (
        <ul className="chips" aria-labelledby={labelId(id)}>
          {codes.map((code) => <Chip key={code} code={code} onRemove={() => set(codes.filter((c) => c !== code))} />)}
        </ul>
      )}
      <input
        id={id} className="input" type="search" value={text} placeholder={t.industry.search} autoComplete="off" {...described}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== "Enter") return;
          e.preventDefault();
          if (found[0] && asked === text.trim()) add(found[0]);
        }}
      />
      {asked && text.trim() && (
        <div className="found">
          <p className="hint" role="status">{isFetching ? t.industry.looking : found.length === 0 ? t.industry.none : t.industry.results(found.length)}</p>
          {found.length > 0 && (
            <ul>
              {found.map((i) => (
                <li key={i.code}><button type="button" onClick={() => add(i)}><span lang="zh-CN">{i.name}</span> <span className="code muted">{i.code}</span></button></li>
              ))}
            </ul>
          )}
        </div>
      )}
    </div>
  );
}

function useName(code: string): string {
  const { data } = useAsk<Industries>("find-industries", { text: code });
  return data?.industries?.find((i) => i.code === code)?.name ?? "";
}

function Chip({ code, onRemove }: { code: string; onRemove: () => void }) {
  const { t } = useSpeech();
  const name = useName(code);
  return (
    <li className="chip">
      <span lang="zh-CN">{name}</span> <span className="code">{code}</span>
      <button type="button" aria-label={t.industry.remove(name || code)} onClick={onRemove}><CloseOutlined aria-hidden /></button>
    </li>
  );
}

function One({ code }: { code: string }) {
  const name = useName(code);
  return <span>{name && <span lang="zh-CN">{name}</span>} <span className="code muted">{code}</span></span>;
}

/** Codes in words, for the page that shows the answers. */
export function IndustryShown({ value }: { value: unknown }) {
  const codes = Array.isArray(value) ? value.map(String) : [String(value)];
  return codes.length === 1 ? <One code={codes[0]!} /> : <ul className="plain">{codes.map((c) => <li key={c}><One code={c} /></li>)}</ul>;
}
