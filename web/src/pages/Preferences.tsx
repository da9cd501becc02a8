/** How the reader wants to be told of things, and how pages look; kept with the account. */
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link } from "react-router";
import { asApiError, type ApiError } from "../api/errors";
import { MAIL_KINDS, portal, type MailKind, type Preferences as Wish } from "../api/portal";
import { usePreferences } from "../api/portal-queries";
import { useLarge } from "../lib/large";
import { SignedIn, Trail } from "../parts/bits";
import { Failed, Loading, Notice } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Preferences() {
  return <SignedIn>{() => <Page />}</SignedIn>;
}

function Page() {
  const { t } = useSpeech();
  const { data, error, isPending, refetch } = usePreferences(true);
  useTitle(t.preferences.title);
  return (
    <div className="wrap page narrow">
      <Trail items={[{ to: "/notices", text: t.nav.notices }, { text: t.preferences.link }]} />
      <h1>{t.preferences.title}</h1>
      <p className="lead">{t.preferences.lead}</p>
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && <Form kept={data} />}
      <p><Link to="/looks">{t.looks.title}</Link></p>
    </div>
  );
}

/** Looks like an address: something, an at sign, a name with a dot. Whether it exists, the mail tells. */
const isMail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);

function Form({ kept }: { kept: Wish }) {
  const { t, lang, pick, setLang } = useSpeech();
  const { large, setLarge } = useLarge();
  const client = useQueryClient();
  const [mail, setMail] = useState(kept.mail ?? "");
  const [kinds, setKinds] = useState<MailKind[]>(kept.mail_for);
  const [bad, setBad] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [saved, setSaved] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    const address = mail.trim();
    const wrong = address !== "" && !isMail(address);
    setBad(wrong);
    setSaved(false);
    if (wrong) return document.getElementById("mail")?.focus();
    setBusy(true);
    setFailure(null);
    try {
      const now = await portal.savePreferences({ mail: address || null, mail_for: kinds, language: lang, large_text: large });
      client.setQueryData(["preferences"], now);
      setSaved(true);
    } catch (error) {
      setFailure(asApiError(error));
    }
    setBusy(false);
  };
  const toggle = (kind: MailKind) => setKinds((old) => (old.includes(kind) ? old.filter((k) => k !== kind) : [...old, kind]));
  return (
    <form onSubmit={(e) => void submit(e)} noValidate>
      <Notice error={failure} />
      <div role="status">{saved && <p className="notice notice-good">{t.preferences.saved}</p>}</div>
      {kept.mail_offered && <section className="panel" aria-labelledby="mail-title">
        <h2 id="mail-title">{t.preferences.mailTitle}</h2>
        <div className={bad ? "field field-wrong" : "field"}>
          <label className="field-label" htmlFor="mail">{t.preferences.mail}</label>
          <p className="field-help" id="mail-help">{t.preferences.mailHelp}</p>
          {bad && <div className="field-error" id="mail-error" role="alert"><p>{t.preferences.badMail}</p></div>}
          <input id="mail" className="input" type="email" autoComplete="email" value={mail} aria-invalid={bad || undefined} aria-describedby={bad ? "mail-help mail-error" : "mail-help"} onChange={(e) => setMail(e.target.value)} />
          {pick(kept.mail_note) ? <p className="hint hint-warn">{pick(kept.mail_note)}</p> : kept.mail && kept.mail === mail.trim() && <p className="hint">{kept.mail_confirmed ? t.preferences.confirmed : t.preferences.unconfirmed}</p>}
        </div>
        <fieldset className="spaced">
          <legend className="field-label">{t.preferences.kinds}</legend>
          <div className="radios">
            {MAIL_KINDS.map((kind) => <label key={kind} className="radio tick"><input type="checkbox" checked={kinds.includes(kind)} onChange={() => toggle(kind)} /><span>{t.preferences.kind[kind]}</span></label>)}
          </div>
        </fieldset>
      </section>}
      <section className="panel" aria-labelledby="display-title">
        <h2 id="display-title">{t.preferences.display}</h2>
        <fieldset>
          <legend className="field-label">{t.preferences.language}</legend>
          <div className="radios">
            <label className="radio"><input type="radio" name="language" checked={lang === "zh"} onChange={() => setLang("zh")} /><span lang="zh-CN">{t.preferences.chinese}</span></label>
            <label className="radio"><input type="radio" name="language" checked={lang === "en"} onChange={() => setLang("en")} /><span lang="en">{t.preferences.english}</span></label>
          </div>
        </fieldset>
        <div className="spaced"><label className="radio tick"><input type="checkbox" checked={large} onChange={(e) => setLarge(e.target.checked)} /><span>{t.preferences.large}<small className="muted"> {t.preferences.largeHelp}</small></span></label></div>
      </section>
      <p className="row form-buttons"><button type="submit" className="button button-primary" disabled={busy}>{t.preferences.save}</button></p>
    </form>
  );
}
