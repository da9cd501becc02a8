/** What the reader may do with a case now: each action a button, its form made from its schema. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useRef, useState } from "react";
import { api, newKey } from "../api/client";
import { asApiError, type ApiError } from "../api/errors";
import { rememberCase } from "../api/queries";
import type { CaseView, Fault, JsonObject, ServiceText } from "../api/types";
import { tidy } from "../form/answers";
import { ErrorSummary, focusField } from "../form/ErrorSummary";
import { check } from "../form/checks";
import { prepare } from "../form/prepare";
import { SchemaForm } from "../form/SchemaForm";
import { useSpeech } from "../text";
import { names } from "../widgets";
import { Notice } from "./states";

type Text = Partial<ServiceText> | null | undefined;

export function CaseActions({ view, text }: { view: CaseView; text: Text }) {
  const { t, pick } = useSpeech();
  const [chosen, choose] = useState<string | null>(null);
  const [done, setDone] = useState("");
  if (view.actions.length === 0) return done ? <p className="notice notice-good" role="status">{done}</p> : null;
  const action = view.actions.find((a) => a.name === chosen);
  return (
    <section className="panel panel-actions" aria-labelledby="actions-title">
      <div className="panel-head"><h2 id="actions-title">{t.case.actions}</h2></div>
      {done && <p className="notice notice-good" role="status">{done}</p>}
      <p className="row">
        {view.actions.map((a, i) => (
          <Button key={a.name} size="large" type={i === 0 && view.awaits_me ? "primary" : "default"} aria-expanded={a.name === chosen} onClick={() => { setDone(""); choose(a.name === chosen ? null : a.name); }}>
            {pick(a.text) || a.name}
          </Button>
        ))}
      </p>
      {action && (
        <ActionForm
          key={action.name} view={view} action={action} text={text} onCancel={() => choose(null)}
          onDone={() => { choose(null); setDone(`${t.case.done}${t.colon}${pick(action.text) || action.name}`); }}
        />
      )}
    </section>
  );
}

interface FormProps {
  view: CaseView;
  action: CaseView["actions"][number];
  text: Text;
  /** What stands in the form at first; only fields that the form has. */
  first?: JsonObject;
  /** Without it there is no button to cancel. */
  onCancel?: () => void;
  onDone: () => void;
}

export function ActionForm({ view, action, text, first, onCancel, onDone }: FormProps) {
  const { t, lang, pick } = useSpeech();
  const client = useQueryClient();
  const prepared = useMemo(() => prepare(action.schema, lang, text, names), [action.schema, lang, text]);
  const [data, setData] = useState<JsonObject>(first ?? {});
  const [faults, setFaults] = useState<Fault[]>([]);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef({ body: "", key: "" });
  const fields = Object.keys(prepared.schema.properties ?? {});
  const submit = async () => {
    const found = check(prepared.schema, data);
    setFaults(found);
    setFailure(null);
    if (found.length > 0) return;
    const input = (tidy(prepared.schema, data) ?? {}) as JsonObject;
    const body = JSON.stringify([view.version, input]);
    if (key.current.body !== body) key.current = { body, key: newKey() };
    setBusy(true);
    try {
      rememberCase(client, await api.act(view.id, action.name, input, key.current.key));
      onDone();
    } catch (error) {
      const failed = asApiError(error);
      if (failed.kind === "bad-input" && failed.faults.length > 0) setFaults(failed.faults);
      else setFailure(failed);
      // Someone else may have acted meanwhile: show the case as it is now.
      if (failed.kind === "refusal") void client.invalidateQueries({ queryKey: ["case", view.id] });
      setBusy(false);
    }
  };
  const buttons = (
    <p className="row form-buttons">
      <Button type="primary" htmlType="submit" loading={busy}>{t.case.submit}</Button>
      {onCancel && <Button onClick={onCancel}>{t.cancel}</Button>}
    </p>
  );
  return (
    <div className="action-form">
      {action.help && <p className="field-help">{pick(action.help)}</p>}
      <Notice error={failure} />
      <ErrorSummary faults={faults} schema={prepared.schema} onGo={(f) => focusField(f.pointer)} />
      {fields.length === 0
        ? <form onSubmit={(e) => { e.preventDefault(); void submit(); }}><p>{t.case.confirm(pick(action.text) || action.name)}</p>{buttons}</form>
        : <SchemaForm prepared={prepared} data={data} onChange={setData} onSubmit={() => void submit()} faults={faults} slug={view.service} text={text}>{buttons}</SchemaForm>}
    </div>
  );
}
