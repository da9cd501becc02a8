/** Signing in: with a password, a passkey, or where the zone lets somebody else vouch. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState, type FormEvent } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api } from "../api/client";
import { asApiError, type ApiError } from "../api/errors";
import { useForgetAccount, useLoginWays } from "../api/queries";
import type { Me } from "../api/types";
import { canUsePasskeys, signInWithPasskey } from "../lib/passkey";
import { Notice } from "../parts/states";
import { useSpeech, useTitle } from "../text";

/** Only paths of this portal: an address elsewhere must not be opened by a link to the login page. */
const ownPath = (next: string | null): string | null => (next && /^\/(?![/\\])/.test(next) ? next : null);

export default function Login() {
  const { t, pick } = useSpeech();
  const [params] = useSearchParams();
  const [account, setAccount] = useState("");
  const [password, setPassword] = useState("");
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const client = useQueryClient();
  const forget = useForgetAccount();
  const navigate = useNavigate();
  useTitle(t.login.title);
  const next = ownPath(params.get("next"));
  const failed = params.get("failed");
  const signIn = async (way: () => Promise<Me | null>) => {
    setBusy(true);
    setFailure(null);
    try {
      const me = await way();
      if (me) {
        forget();
        client.setQueryData(["me"], me);
        await navigate(next ?? (me.account.kind === "officer" ? "/desk" : "/cases"), { replace: true });
        return;
      }
    } catch (error) {
      setFailure(asApiError(error));
    }
    setBusy(false);
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void signIn(() => api.login(account.trim(), password));
  };
  const wrong = failure?.kind === "unauthenticated" || failure?.kind === "bad-input";
  return (
    <div className="wrap page">
      <section className="login" aria-labelledby="login-title">
        <h1 id="login-title">{t.login.title}</h1>
        <p className="muted">{t.login.lead}</p>
        {failed && !failure && <div className="notice notice-bad" role="alert"><p>{t.loginFailed[failed] ?? t.loginFailedOther}</p></div>}
        {wrong ? <div className="notice notice-bad" role="alert"><p>{pick(failure.words) || t.login.failed}</p></div> : <Notice error={failure} />}
        <form onSubmit={submit}>
          <label className="field-label" htmlFor="account">{t.login.account}</label>
          <input id="account" className="input" autoComplete="username" autoCapitalize="none" spellCheck={false} required value={account} onChange={(e) => setAccount(e.target.value)} />
          <label className="field-label" htmlFor="password">{t.login.password}</label>
          <input id="password" className="input" type="password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.target.value)} />
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>{t.login.submit}</Button>
        </form>
        <OtherWays busy={busy} next={next} withPasskey={() => void signIn(signInWithPasskey)} />
      </section>
    </div>
  );
}

function OtherWays({ busy, next, withPasskey }: { busy: boolean; next: string | null; withPasskey: () => void }) {
  const { t, pick } = useSpeech();
  const { data: ways } = useLoginWays();
  const passkey = ways && canUsePasskeys(ways.passkey.rp_id);
  if (!ways || (!ways.oidc && !passkey)) return null;
  const query = next ? `?next=${encodeURIComponent(next)}` : "";
  return (
    <div className="other-ways">
      <p className="muted">{t.otherWays}</p>
      {ways.oidc && <a className="button button-wide" href={`/api/login/oidc${query}`}>{t.loginWith(pick(ways.oidc.name))}</a>}
      {passkey && <button type="button" className="button button-wide" disabled={busy} onClick={withPasskey}>{t.loginPasskey}</button>}
    </div>
  );
}
