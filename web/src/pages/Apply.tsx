/** An application, section by section, for any service: the form, the draft, the answers to check, the faults that the server found. */
import { CheckOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { api, newKey } from "../api/client";
import { ApiError, asApiError } from "../api/errors";
import { rememberCase, useService } from "../api/queries";
import type { Fault, JsonObject, Me, Service } from "../api/types";
import { Answers } from "../form/Answers";
import { missing, tidy } from "../form/answers";
import { ErrorSummary, focusField } from "../form/ErrorSummary";
import { only, prepare, sectionsOf } from "../form/prepare";
import { SchemaForm } from "../form/SchemaForm";
import { FormContext } from "../form/context";
import { dateTime } from "../lib/dates";
import { dropDraft, loadDraft, saveDraft } from "../lib/draft";
import { at, partsOf, within } from "../lib/pointer";
import { SignedIn, Trail } from "../parts/bits";
import { Failed, Loading, Notice } from "../parts/states";
import { useSpeech, useTitle } from "../text";
import { names } from "../widgets";

export default function Apply() {
  const { slug = "" } = useParams();
  const { t } = useSpeech();
  const { data, error, isPending, refetch } = useService(slug);
  return (
    <SignedIn>
      {(me) => {
        if (isPending) return <Loading />;
        if (error) return <div className="wrap page"><Failed error={error} onRetry={() => void refetch()} /></div>;
        const opening = data.actions?.find((a) => a.who === "applicant");
        if (!data.open || !opening) return <div className="wrap page narrow"><div className="notice"><strong>{t.guide.buildingTitle}</strong><p>{t.guide.buildingText}</p></div></div>;
        if (me.account.kind !== "person") return <div className="wrap page narrow"><div className="notice"><p>{t.apply.officer}</p></div></div>;
        return <Application key={`${slug}/${me.account.id}`} service={data} me={me} />;
      }}
    </SignedIn>
  );
}

/** How long typing must rest before the draft is saved, in milliseconds. */
const DRAFT_WAIT_MS = 400;

function Application({ service, me }: { service: Service; me: Me }) {
  const { t, lang, pick } = useSpeech();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { slug, version = 0 } = service;
  const account = me.account.id;
  const opening = service.actions!.find((a) => a.who === "applicant")!;
  const prepared = useMemo(() => prepare(opening.schema, lang, service.text, names), [opening, lang, service]);
  const sections = useMemo(() => sectionsOf(opening.schema, prepared, lang, t.apply.details), [opening, prepared, lang, t]);
  const [draft] = useState(() => loadDraft(account, slug, version));
  const [data, setData] = useState<JsonObject>(draft?.data ?? {});
  const [saved, setSaved] = useState(draft?.saved ?? "");
  const [faults, setFaults] = useState<Fault[]>([]);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [sending, setSending] = useState(false);
  // The section stands in the address, so that the browser's "back" goes one section back.
  const [params, setParams] = useSearchParams();
  const check = sections.length;
  const asked = Number(params.get("step") ?? (draft ? draft.section + 1 : 1)) - 1;
  const step = Number.isInteger(asked) ? Math.min(Math.max(asked, 0), check) : 0;
  const heading = useRef<HTMLHeadingElement>(null);
  const key = useRef({ body: "", key: "" });
  const focusNext = useRef<string | null>(null);
  const name = pick(service.text?.name);
  useTitle(`${step === check ? t.apply.check : (sections[step]?.title ?? "")} · ${name}`);

  useEffect(() => {
    if (Object.keys(data).length === 0) return;
    const timer = setTimeout(() => {
      const now = new Date().toISOString();
      if (saveDraft(account, slug, version, { data, section: step, saved: now })) setSaved(now);
    }, DRAFT_WAIT_MS);
    return () => clearTimeout(timer);
  }, [data, step, account, slug, version]);

  const goTo = (next: number) => {
    const search = new URLSearchParams(params);
    search.set("step", String(next + 1));
    setParams(search);
    if (next !== step) setTimeout(() => {
      if (focusNext.current === null) heading.current?.focus();
    });
    window.scrollTo(0, 0);
  };
  useEffect(() => {
    if (focusNext.current === null) return;
    const pointer = focusNext.current;
    // After the section's form has been drawn.
    const timer = setTimeout(() => { focusField(pointer); focusNext.current = null; }, 60);
    return () => clearTimeout(timer);
  }, [step]);

  const change = (next: JsonObject) => {
    // A fault is gone from the list as soon as the answer that it is about is another one.
    setFaults((old) => old.filter((f) => f.pointer === "" || JSON.stringify(at(next, f.pointer)) === JSON.stringify(at(data, f.pointer))));
    setData(next);
  };
  const sectionOf = (fault: Fault) => sections.findIndex((s) => s.fields.includes(partsOf(fault.pointer)[0] ?? ""));
  const goToFault = (fault: Fault) => {
    const section = sectionOf(fault);
    if (section < 0 || section === step) return focusField(fault.pointer);
    focusNext.current = fault.pointer;
    goTo(section);
  };
  const goOn = () => {
    const part = only(prepared, sections[step]!.fields);
    const found = missing(part.schema, data);
    const others = faults.filter((f) => f.code !== "missing" && !found.some((g) => g.pointer === f.pointer));
    setFaults([...others, ...found]);
    if (found.length === 0) goTo(step + 1);
  };
  const submit = async () => {
    const found = missing(prepared.schema, data);
    setFailure(null);
    if (found.length > 0) return setFaults(found);
    const input = (tidy(prepared.schema, data) ?? {}) as JsonObject;
    const body = JSON.stringify(input);
    // The same answers sent twice are one application: a key belongs to its body.
    if (key.current.body !== body) key.current = { body, key: newKey() };
    setSending(true);
    try {
      const view = await api.open(slug, input, key.current.key);
      dropDraft(account, slug, version);
      rememberCase(client, view);
      await navigate(`/cases/${view.id}/receipt`, { replace: true });
    } catch (error) {
      const failed = asApiError(error);
      if (failed.kind === "bad-input" && failed.faults.length > 0) setFaults(failed.faults);
      else if (failed.kind === "unauthenticated") void client.invalidateQueries({ queryKey: ["me"] });
      else setFailure(failed);
      setSending(false);
    }
  };
  const forget = () => {
    if (!window.confirm(t.apply.draftDeleteSure)) return;
    dropDraft(account, slug, version);
    setData({});
    setFaults([]);
    setSaved("");
    goTo(0);
  };

  const here = sections[step];
  const wrong = (i: number) => i !== check && faults.some((f) => sectionOf(f) === i);
  const shownFaults = here ? faults.filter((f) => here.fields.some((field) => within(f.pointer, `/${field}`))) : faults;
  return (
    <div className="wrap page">
      <Trail items={[{ to: "/", text: t.nav.home }, { to: `/services/${slug}`, text: name }, { text: t.apply.title }]} />
      <div className="apply">
        <aside className="apply-side">
          <p className="apply-name">{name}</p>
          <nav aria-label={t.apply.sections}>
            <ol className="apply-steps">
              {[...sections.map((s) => s.title), t.apply.check].map((title, i) => (
                <li key={i} className={`${i === step ? "now" : i < step ? "past" : ""}${wrong(i) ? " wrong" : ""}`}>
                  <button type="button" aria-current={i === step ? "step" : undefined} disabled={i > step && Object.keys(data).length === 0} onClick={() => goTo(i)}>
                    <span className="dot">{wrong(i) ? "!" : i < step ? <CheckOutlined aria-hidden /> : i + 1}</span> {title}{wrong(i) && <span className="sr-only">（{t.errors.error}）</span>}
                  </button>
                </li>
              ))}
            </ol>
          </nav>
          <p className="draft small" role="note">{saved ? t.apply.draftSaved(dateTime(saved, lang)) : t.apply.draftEmpty}</p>
          {saved && <button type="button" className="link small" onClick={forget}>{t.apply.draftDelete}</button>}
        </aside>
        <div className="apply-main">
          <p className="eyebrow">{t.apply.step(step + 1, check + 1)}</p>
          <h1 ref={heading} tabIndex={-1}>{here ? here.title : t.apply.check}</h1>
          <ErrorSummary faults={shownFaults} schema={prepared.schema} onGo={goToFault} />
          {here ? (
            <SchemaForm
              key={`${step}/${lang}`} prepared={only(prepared, here.fields)} data={data} onChange={change} onSubmit={goOn} faults={faults} slug={slug} text={service.text}
            >
              <p className="row form-buttons">
                <Button type="primary" htmlType="submit" size="large">{t.apply.next}</Button>
                {step > 0 && <Button size="large" onClick={() => goTo(step - 1)}>{t.apply.previous}</Button>}
              </p>
            </SchemaForm>
          ) : (
            <FormContext.Provider value={{ slug, text: service.text, faults, data }}>
              <p className="lead">{t.apply.checkLead}</p>
              <Notice error={failure} />
              {sections.map((s, i) => {
                const part = only(prepared, s.fields);
                return (
                  <section key={i} className="panel" aria-labelledby={`check-${i}`}>
                    <div className="panel-head">
                      <h2 id={`check-${i}`}>{s.title}</h2>
                      <Link to={`?step=${i + 1}`} className="link" aria-label={t.apply.changeOf(s.title)} onClick={(e) => { e.preventDefault(); goTo(i); }}>{t.apply.change}</Link>
                    </div>
                    <Answers schema={part.schema} ui={part.ui} value={data} />
                  </section>
                );
              })}
              <p className="row form-buttons">
                <Button type="primary" size="large" className="warm" loading={sending} onClick={() => void submit()}>{sending ? t.apply.submitting : t.apply.submit}</Button>
                <Button size="large" onClick={() => goTo(step - 1)}>{t.apply.previous}</Button>
              </p>
            </FormContext.Provider>
          )}
        </div>
      </div>
    </div>
  );
}

