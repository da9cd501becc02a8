/** My account: passkeys, tokens for programs, and where I am signed in. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { identity, type TokenLine } from "../api/identity";
import { asApiError } from "../api/errors";
import { useLoginWays, useServices } from "../api/queries";
import { canUsePasskeys, registerPasskey } from "../lib/passkey";
import { civilDate } from "../lib/dates";
import { SignedIn, Time } from "../parts/bits";
import { Failed, Loading, Notice } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Account() {
  const { t } = useSpeech();
  useTitle(t.account.title);
  return (
    <SignedIn>
      {(me) => (
        <div className="wrap page narrow">
          <h1>{t.account.title}</h1>
          <p className="muted">{me.account.name} · {me.account.id}</p>
          <Passkeys />
          <Tokens />
          <Sessions />
        </div>
      )}
    </SignedIn>
  );
}

/** A list that is asked for, and what can be done to it; a failure stands above it. */
function useList<T>(key: string, ask: () => Promise<T>) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["account", key], queryFn: ask });
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setFailure(null);
    try {
      await work();
    } catch (error) {
      setFailure(asApiError(error));
    }
    await client.invalidateQueries({ queryKey: ["account", key] });
    setBusy(false);
  };
  return { ...query, failure, busy, run };
}

function Panel({ id, title, lead, list, children }: { id: string; title: string; lead: string; list: { isPending: boolean; error: unknown; failure: unknown; refetch: () => unknown }; children: ReactNode }) {
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head"><h2 id={id}>{title}</h2></div>
      <p className="muted">{lead}</p>
      <Notice error={list.failure} />
      {list.isPending ? <Loading /> : list.error ? <Failed error={list.error} onRetry={() => void list.refetch()} /> : children}
    </section>
  );
}

function Day({ day }: { day: string | null }) {
  const { t, lang } = useSpeech();
  return <>{day ? civilDate(day, lang) : t.account.never}</>;
}

function Passkeys() {
  const { t } = useSpeech();
  const { data: ways } = useLoginWays();
  const list = useList("passkeys", identity.passkeys);
  const [name, setName] = useState("");
  const add = (e: FormEvent) => {
    e.preventDefault();
    void list.run(async () => {
      if (await registerPasskey(name.trim() || t.account.passkeyDefault)) setName("");
    });
  };
  const can = ways && canUsePasskeys(ways.passkey.rp_id);
  return (
    <Panel id="passkeys" title={t.account.passkeys} lead={t.account.passkeysLead} list={list}>
      {list.data?.passkeys.length === 0 && <p>{t.account.noPasskeys}</p>}
      <ul className="lines">
        {list.data?.passkeys.map((k) => (
          <li key={k.id}>
            <span><strong>{k.name}</strong><small className="muted">{t.account.made}<Day day={k.made} /> · {t.account.lastUsed}<Day day={k.last_used} /></small></span>
            <button type="button" className="button" disabled={list.busy} aria-label={t.account.removeNamed(k.name)} onClick={() => void list.run(() => identity.removePasskey(k.id))}>{t.account.remove}</button>
          </li>
        ))}
      </ul>
      {can ? (
        <form onSubmit={add} className="row">
          <label className="field-label" htmlFor="passkey-name">{t.account.passkeyName}</label>
          <input id="passkey-name" className="input input-short" maxLength={40} value={name} onChange={(e) => setName(e.target.value)} />
          <button type="submit" className="button button-primary" disabled={list.busy}>{t.account.addPasskey}</button>
        </form>
      ) : <p className="muted">{t.account.passkeysNotHere(ways?.passkey.rp_id ?? "")}</p>}
    </Panel>
  );
}

const DAYS = [1, 30, 90, 365];
const DAY_SECONDS = 86_400;

function Tokens() {
  const { t } = useSpeech();
  const list = useList("tokens", identity.tokens);
  const [secret, setSecret] = useState("");
  const show = (made: { token: string }) => setSecret(made.token);
  return (
    <Panel id="tokens" title={t.account.tokens} lead={t.account.tokensLead} list={list}>
      {secret && (
        <div className="notice notice-good" role="status">
          <p><strong>{t.account.secret}</strong></p>
          <p><code className="secret">{secret}</code></p>
          <button type="button" className="button" onClick={() => setSecret("")}>{t.account.secretKept}</button>
        </div>
      )}
      {list.data?.tokens.length === 0 && <p>{t.account.noTokens}</p>}
      <ul className="lines">
        {list.data?.tokens.map((token) => (
          <li key={token.id}>
            <TokenWords token={token} />
            <span className="row">
              {!token.replaced && <button type="button" className="button" disabled={list.busy} aria-label={t.account.rotateNamed(token.label)} onClick={() => void list.run(async () => show(await identity.rotateToken(token.id)))}>{t.account.rotate}</button>}
              <button type="button" className="button" disabled={list.busy} aria-label={t.account.revokeNamed(token.label)} onClick={() => void list.run(() => identity.revokeToken(token.id))}>{t.account.revoke}</button>
            </span>
          </li>
        ))}
      </ul>
      <NewToken busy={list.busy} make={(wish) => list.run(async () => show(await identity.makeToken(wish)))} />
    </Panel>
  );
}

function TokenWords({ token }: { token: TokenLine }) {
  const { t } = useSpeech();
  const scopes = token.scopes.map((s) => (s === "read" ? t.account.read : s === "write" ? t.account.write : s.replace("service:", ""))).join(t.listSeparator);
  return (
    <span>
      <strong>{token.label}</strong>{token.replaced && <span className="tag tag-plain">{t.account.replaced}</span>}
      <small className="muted">{scopes} · {t.account.lastUsed}<Day day={token.last_used} /> · {t.account.until}<Time at={token.until} /></small>
    </span>
  );
}

function NewToken({ busy, make }: { busy: boolean; make: (wish: { label: string; seconds: number; scopes: string[] }) => Promise<void> }) {
  const { t, pick } = useSpeech();
  const { data: services } = useServices();
  const [label, setLabel] = useState("");
  const [days, setDays] = useState(30);
  const [read, setRead] = useState(true);
  const [write, setWrite] = useState(false);
  const [service, setService] = useState("");
  const open = services?.chapters.flatMap((c) => c.services).filter((s) => s.open) ?? [];
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    const scopes = [...(read ? ["read"] : []), ...(write ? ["write"] : []), ...(service ? [`service:${service}`] : [])];
    await make({ label: label.trim(), seconds: days * DAY_SECONDS, scopes });
    setLabel("");
  };
  return (
    <form onSubmit={(e) => void submit(e)} className="token-form">
      <h3>{t.account.newToken}</h3>
      <label className="field-label" htmlFor="token-label">{t.account.tokenLabel}</label>
      <input id="token-label" className="input input-short" required maxLength={60} value={label} onChange={(e) => setLabel(e.target.value)} />
      <fieldset className="row">
        <legend className="field-label">{t.account.scopes}</legend>
        <label className="radio"><input type="checkbox" checked={read} onChange={(e) => setRead(e.target.checked)} /> {t.account.read}</label>
        <label className="radio"><input type="checkbox" checked={write} onChange={(e) => setWrite(e.target.checked)} /> {t.account.write}</label>
      </fieldset>
      <label className="field-label" htmlFor="token-service">{t.account.onlyService}</label>
      <select id="token-service" className="input input-short" value={service} onChange={(e) => setService(e.target.value)}>
        <option value="">{t.account.allServices}</option>
        {open.map((s) => <option key={s.slug} value={s.slug}>{pick(s.name)}</option>)}
      </select>
      <label className="field-label" htmlFor="token-days">{t.account.lasts}</label>
      <select id="token-days" className="input input-short" value={days} onChange={(e) => setDays(Number(e.target.value))}>
        {DAYS.map((n) => <option key={n} value={n}>{t.account.days(n)}</option>)}
      </select>
      <button type="submit" className="button button-primary" disabled={busy || (!read && !write)}>{t.account.makeToken}</button>
    </form>
  );
}

function Sessions() {
  const { t } = useSpeech();
  const list = useList("sessions", identity.sessions);
  const ways = { password: t.account.byPassword, passkey: t.account.byPasskey, oidc: t.account.byOidc };
  return (
    <Panel id="sessions" title={t.account.sessions} lead={t.account.sessionsLead} list={list}>
      <ul className="lines">
        {list.data?.sessions.map((s) => (
          <li key={s.id}>
            <span><strong>{ways[s.way]}</strong>{s.own && <span className="tag tag-good">{t.account.thisOne}</span>}<small className="muted"><Time at={s.made} /> · {t.account.until}<Time at={s.until} /></small></span>
            {!s.own && <button type="button" className="button" disabled={list.busy} onClick={() => void list.run(() => identity.endSession(s.id))}>{t.account.end}</button>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
