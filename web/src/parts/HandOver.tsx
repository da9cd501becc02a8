/** Cases go from one officer to another, with a reason that stays with them. */
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { asApiError, type ApiError } from "../api/errors";
import { portal } from "../api/portal";
import { useColleagues } from "../api/portal-queries";
import { useSpeech } from "../text";
import { Dialog } from "./Dialog";
import { Loading, Notice } from "./states";

interface Props {
  cases: string[];
  onClose: () => void;
  onDone: (words: string) => void;
}

const REASON_CHARS_MAX = 500;

export function HandOver({ cases, onClose, onDone }: Props) {
  const { t } = useSpeech();
  const client = useQueryClient();
  const { data, error, isPending } = useColleagues(true);
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const officers = data?.officers ?? [];
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setMissing(!to || !reason.trim());
    if (!to || !reason.trim()) return;
    setBusy(true);
    setFailure(null);
    try {
      await portal.assign(cases, to, reason.trim());
      for (const key of ["desk", "assignments"]) void client.invalidateQueries({ queryKey: [key] });
      onDone(t.handOver.done(cases.length, officers.find((o) => o.account === to)?.name ?? to));
    } catch (thrown) {
      setFailure(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t.handOver.title(cases.length)} onClose={onClose}>
      {isPending && <Loading />}
      {error && <Notice error={error} />}
      {data && officers.length === 0 && <p>{t.handOver.none}</p>}
      {officers.length > 0 && (
        <form onSubmit={(e) => void submit(e)} noValidate>
          {missing && <div className="notice notice-bad" role="alert"><p>{t.handOver.missing}</p></div>}
          <Notice error={failure} />
          <label className="field-label" htmlFor="hand-to">{t.handOver.to}</label>
          <select id="hand-to" className="input" required value={to} onChange={(e) => setTo(e.target.value)}>
            <option value="">{t.form.choose}</option>
            {officers.map((o) => <option key={o.account} value={o.account}>{o.name}</option>)}
          </select>
          <label className="field-label" htmlFor="hand-reason">{t.handOver.reason}</label>
          <p className="field-help" id="hand-help">{t.handOver.reasonHelp}</p>
          <textarea id="hand-reason" className="input" rows={3} required maxLength={REASON_CHARS_MAX} aria-describedby="hand-help" value={reason} onChange={(e) => setReason(e.target.value)} />
          <p className="row form-buttons">
            <button type="submit" className="button button-primary" disabled={busy}>{t.handOver.submit}</button>
            <button type="button" className="button" onClick={onClose}>{t.cancel}</button>
          </p>
        </form>
      )}
    </Dialog>
  );
}
