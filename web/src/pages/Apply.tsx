/** An application, section by section, for any service: the form, the draft, the answers to check, the faults that the server found. */
import { CheckOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { api, newKey } from "../api/client";
import { ApiError, asApiError } from "../api/errors";
import { rememberCase, useService } from "../api/queries";
import type { Action, Fault, JsonObject, Me, Service } from "../api/types";
import { Answers } from "../form/Answers";
import { missing, tidy } from "../form/answers";
import { ErrorSummary, focusField } from "../form/ErrorSummary";
import { check } from "../form/checks";
import { useBegun, useDraft, type Keeper } from "../form/draft";
import { humanise, only, prepare, sectionsOf, type FormSection, type Prepared } from "../form/prepare";
import { SchemaForm } from "../form/SchemaForm";
import { FormContext } from "../form/context";
import { dateTime } from "../lib/dates";
import type { Begun } from "../lib/draft";
import { applyPath, chosenOpening, openingsOf, wordsOf } from "../lib/openings";
import { at, fieldId, partsOf, within } from "../lib/pointer";
import { SignedIn, Trail } from "../parts/bits";
import { Failed, Loading, Notice } from "../parts/states";
import { useSpeech, useTitle } from "../text";
import { names } from "../widgets";

export default function Apply() {
  const { slug = "" } = useParams();
  const { t } = useSpeech();
  const { data, error, isPending, refetch } = useService(slug);
  const [params] = useSearchParams();
  return (
    <SignedIn>
      {(me) => {
        if (isPending) return <Loading />;
        if (error) return <div className="wrap page"><Failed error={error} onRetry={() => void refetch()} /></div>;
        const openings = openingsOf(data, me.account.kind);
        if (openings.length === 0 && openingsOf(data).length > 0) return <div className="wrap page narrow"><div className="notice"><p>{t.apply.officer}</p></div></div>;
        if (!data.open || openings.length === 0) return <div className="wrap page narrow"><div className="notice"><strong>{t.guide.buildingTitle}</strong><p>{t.guide.buildingText}</p></div></div>;
        const opening = chosenOpening(openings, params.get("action"));
        if (!opening) return <ChooseOpening service={data} openings={openings} />;
        return <Beginning key={`${slug}/${opening.name}/${me.account.id}`} service={data} opening={opening} several={(data.openings ?? []).length > 1} me={me} />;
      }}
    </SignedIn>
  );
}

/** Twentieths of a second that a section may take to be drawn before what is there is focused. */
const DRAWN_TRIES_MAX = 60;

function ChooseOpening({ service, openings }: { service: Service; openings: Action[] }) {
  const { t, pick } = useSpeech();
  const name = pick(service.text?.name);
  useTitle(name);
  return (
    <div className="wrap page narrow">
      <Trail items={[{ to: "/", text: t.nav.home }, { to: `/services/${service.slug}`, text: name }, { text: t.apply.title }]} />
      <section className="panel" aria-labelledby="choose-title">
        <h1 id="choose-title">{t.openings.choose}</h1>
        <ul className="openings">
          {openings.map((a) => (
            <li key={a.name}>
              <Link className="button button-wide" to={applyPath(service.slug, openings, a)}>{pick(wordsOf(service, a)) || humanise(a.name)}</Link>
              {pick(service.text?.action[a.name]?.help) && <p className="muted">{pick(service.text?.action[a.name]?.help)}</p>}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

interface Place {
  service: Service;
  opening: Action;
  /** The service can be opened in several ways, so the server is told in which. */
  several: boolean;
  me: Me;
}

/** Fetches the draft, and begins again when it was thrown away or another one is taken. */
function Beginning(place: Place) {
  const client = useQueryClient();
  const [round, setRound] = useState(0);
  const { id } = place.me.account;
  const { slug } = place.service;
  const begun = useBegun(id, slug, place.opening.name);
  if (!begun) return <Loading />;
  const again = () => {
    setRound(round + 1);
    void client.resetQueries({ queryKey: ["draft", id, slug] });
  };
  return <Application key={round} {...place} begun={begun} onAgain={again} />;
}

function Application({ service, opening, several, me, begun, onAgain }: Place & { begun: Begun; onAgain: () => void }) {
  const { t, lang, pick } = useSpeech();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { slug } = service;
  const account = me.account.id;
  const prepared = useMemo(() => prepare(opening.schema, lang, service.text, names), [opening, lang, service]);
  const sections = useMemo(() => sectionsOf(opening.schema, prepared, lang, t.apply.details), [opening, prepared, lang, t]);
  const [data, setData] = useState<JsonObject>(begun.answers);
  const draft = useDraft({ account, slug, action: opening.name }, begun, data);
  const [faults, setFaults] = useState<Fault[]>([]);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [sending, setSending] = useState(false);
  // The section stands in the address, so that the browser's "back" goes one section back.
  const [params, setParams] = useSearchParams();
  const last = sections.length;
  // A draft is taken up where its first answer is missing.
  const [first] = useState(() => (begun.saved_at ? firstUnanswered(prepared, sections, begun.answers) : 0));
  const asked = Number(params.get("step") ?? first + 1) - 1;
  const step = Number.isInteger(asked) ? Math.min(Math.max(asked, 0), last) : 0;
  const heading = useRef<HTMLHeadingElement>(null);
  const key = useRef({ body: "", key: "" });
  const focusNext = useRef<string | null>(null);
  const name = pick(service.text?.name);
  useTitle(`${step === last ? t.apply.check : (sections[step]?.title ?? "")} · ${name}`);

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
    // After the section's form has been drawn, however long a slow machine takes for it; a field that never comes has its section.
    let tries = 0;
    const timer = setInterval(() => {
      if (!document.getElementById(fieldId(pointer)) && ++tries < DRAWN_TRIES_MAX) return;
      clearInterval(timer);
      focusField(pointer);
      focusNext.current = null;
    }, 50);
    return () => clearInterval(timer);
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
    const found = check(part.schema, data);
    const others = faults.filter((f) => f.code !== "missing" && !found.some((g) => g.pointer === f.pointer));
    setFaults([...others, ...found]);
    if (found.length === 0) goTo(step + 1);
  };
  const submit = async () => {
    const found = check(prepared.schema, data);
    setFailure(null);
    if (found.length > 0) return setFaults(found);
    const input = (tidy(prepared.schema, data) ?? {}) as JsonObject;
    const body = JSON.stringify(input);
    // The same answers sent twice are one application: a key belongs to its body.
    if (key.current.body !== body) key.current = { body, key: newKey() };
    setSending(true);
    try {
      const view = await api.open(slug, several ? opening.name : undefined, input, key.current.key);
      await draft.drop();
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
  const forget = async () => {
    if (!window.confirm(t.apply.draftDeleteSure)) return;
    await draft.drop();
    setParams((old) => { old.delete("step"); return old; });
    onAgain();
  };

  const here = sections[step];
  const wrong = (i: number) => i !== last && faults.some((f) => sectionOf(f) === i);
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
          <DraftNote draft={draft} onForget={() => void forget()} />
        </aside>
        <div className="apply-main">
          <p className="eyebrow">{t.apply.step(step + 1, last + 1)}</p>
          {draft.kept === "changed" && <DraftChanged onMine={() => void draft.keepMine()} onTheirs={onAgain} />}
          {begun.replaces && Object.keys(data).length === 0 && <p className="notice">{t.draft.other}</p>}
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

function DraftNote({ draft, onForget }: { draft: Keeper; onForget: () => void }) {
  const { t, lang } = useSpeech();
  const when = dateTime(draft.savedAt, lang);
  const words = { none: t.apply.draftEmpty, saving: t.draft.saving, server: t.draft.savedServer(when), here: t.draft.savedHere(when), changed: t.draft.changed };
  return (
    <div className={`draft small draft-${draft.kept}`}>
      <p role="note">{words[draft.kept]}</p>
      {draft.savedAt && <button type="button" className="link small" onClick={onForget}>{t.apply.draftDelete}</button>}
    </div>
  );
}

function DraftChanged({ onMine, onTheirs }: { onMine: () => void; onTheirs: () => void }) {
  const { t } = useSpeech();
  return (
    <div className="notice notice-bad" role="alert">
      <strong>{t.draft.changed}</strong>
      <p>{t.draft.changedText}</p>
      <p className="row">
        <button type="button" className="button" onClick={onTheirs}>{t.draft.takeTheirs}</button>
        <button type="button" className="button" onClick={onMine}>{t.draft.keepMine}</button>
      </p>
    </div>
  );
}

/** The section in which the first answer is missing; the page that shows all of them if none is. */
function firstUnanswered(prepared: Prepared, sections: FormSection[], answers: JsonObject): number {
  const found = sections.findIndex((s) => missing(only(prepared, s.fields).schema, answers).length > 0);
  return found < 0 ? sections.length : found;
}
