/** Signing in. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState, type FormEvent } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api } from "../api/client";
import { asApiError, type ApiError } from "../api/errors";
import { useForgetAccount } from "../api/queries";
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
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      const me = await api.login(account.trim(), password);
      forget();
      client.setQueryData(["me"], me);
      await navigate(ownPath(params.get("next")) ?? (me.account.kind === "officer" ? "/desk" : "/cases"), { replace: true });
    } catch (error) {
      setFailure(asApiError(error));
      setBusy(false);
    }
  };
  const wrong = failure?.kind === "unauthenticated" || failure?.kind === "bad-input";
  return (
    <div className="wrap page">
      <section className="login" aria-labelledby="login-title">
        <h1 id="login-title">{t.login.title}</h1>
        <p className="muted">{t.login.lead}</p>
        {wrong ? <div className="notice notice-bad" role="alert"><p>{pick(failure.words) || t.login.failed}</p></div> : <Notice error={failure} />}
        <form onSubmit={(e) => void submit(e)}>
          <label className="field-label" htmlFor="account">{t.login.account}</label>
          <input id="account" className="input" autoComplete="username" autoCapitalize="none" spellCheck={false} required value={account} onChange={(e) => setAccount(e.target.value)} />
          <label className="field-label" htmlFor="password">{t.login.password}</label>
          <input id="password" className="input" type="password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.target.value)} />
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>{t.login.submit}</Button>
        </form>
      </section>
    </div>
  );
}
