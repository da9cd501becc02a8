/** Who acts for the reader, for whom the reader acts, and the way into another's stead. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useRef, useState } from "react";
import { Link } from "react-router";
import { actFor, useActing } from "../api/acting";
import { api, newKey } from "../api/client";
import { asApiError, type ApiError } from "../api/errors";
import { useDelegations, useService } from "../api/queries";
import type { Delegation, Me } from "../api/types";
import { civilDate } from "../lib/dates";
import { SignedIn } from "../parts/bits";
import { Empty, Failed, Loading, Notice } from "../parts/states";
import { useSpeech, useTitle } from "../text";
import { ServicesShown } from "../widgets/services";

export default function Delegations() {
  return <SignedIn>{(me) => <Page me={me} />}</SignedIn>;
}

function Page({ me }: { me: Me }) {
  const { t } = useSpeech();
  const { data, error, isPending, refetch } = useDelegations(true);
  const acting = useActing();
  useTitle(t.delegations.title);
  const list = (title: string, empty: string, lines: Delegation[], received: boolean) => (
    <section aria-label={title}>
      <h2>{title}</h2>
      {lines.length === 0 ? <p className="muted">{empty}</p> : <ul className="cases">{lines.map((line) => <Line key={line.id} line={line} account={me.account.id} received={received} />)}</ul>}
    </section>
  );
  const grant = acting ? <p className="hint">{t.delegations.notWhileActing}</p> : <Link className="button button-primary" to="/services/delegation/apply">{t.delegations.grant}</Link>;
  return (
    <div className="wrap page">
      <h1>{t.delegations.title}</h1>
      <p className="lead">{t.delegations.lead} <Link to="/services/delegation">{t.delegations.guide}</Link></p>
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && (data.given.length + data.received.length === 0
        ? <Empty title={t.delegations.empty} text={t.delegations.emptyText}>{grant}</Empty>
        : <>
          <p className="row">{grant}</p>
          {list(t.delegations.received, t.delegations.receivedNone, data.received, true)}
          {list(t.delegations.given, t.delegations.givenNone, data.given, false)}
        </>)}
    </div>
  );
}

function Line({ line, account, received }: { line: Delegation; account: string; received: boolean }) {
  const { t, lang, pick } = useSpeech();
  const { data: service } = useService("delegation");
  const acting = useActing();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const key = useRef({ action: "", key: "" });
  const powers = pick(service?.text?.choice?.[`Deed.${line.powers}`]);
  const mandate = pick(service?.text?.choice?.[`Mandate.${line.mandate}`]);
  const words = { accept: t.delegations.accept, resign: line.in_force ? t.delegations.resign : t.delegations.decline, revoke: t.delegations.revoke };
  const perform = async (action: Delegation["may"][number]) => {
    if (action !== "accept" && !window.confirm(t.delegations.sure(words[action]))) return;
    if (key.current.action !== action) key.current = { action, key: newKey() };
    setBusy(true);
    setFailure(null);
    try {
      await api.actOneself(line.id, action, {}, key.current.key);
      if (acting?.delegation === line.id) actFor(null);
    } catch (error) {
      setFailure(asApiError(error));
    }
    setBusy(false);
    await client.invalidateQueries({ queryKey: ["delegations"] });
  };
  const begin = () => actFor({ delegation: line.id, principal: line.principal, account });
  return (
    <li className="panel">
      <div className="panel-head">
        <h3><span lang="zh-CN">{t.delegations.byFor(line.agent, line.principal)}</span></h3>
        <span className={`tag tag-${line.in_force ? "good" : line.may.includes("accept") ? "mine" : "plain"}`}>{pick(line.status_text)}</span>
      </div>
      <p className="muted">
        {[mandate, powers].filter(Boolean).join(" · ")} · <ServicesShown value={line.services} /> · {t.delegations.until(civilDate(line.until, lang))}
      </p>
      <Notice error={failure} />
      <p className="row">
        {received && line.in_force && acting?.delegation !== line.id && <Button type="primary" onClick={begin}>{t.delegations.begin(line.principal)}</Button>}
        {line.may.map((action) => <Button key={action} type={action === "accept" ? "primary" : "default"} loading={busy} onClick={() => void perform(action)}>{words[action]}</Button>)}
        {!acting && <Link to={`/cases/${line.id}`} className="link">{t.delegations.record}</Link>}
      </p>
    </li>
  );
}
