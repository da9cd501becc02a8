/** What a page shows while it waits, when it failed, and when there is nothing yet. */
import { InboxOutlined, WarningOutlined } from "@ant-design/icons";
import { Component, type ReactNode } from "react";
import { Link } from "react-router";
import { asApiError } from "../api/errors";
import { useSpeech, useTitle } from "../text";

export function Loading() {
  const { t } = useSpeech();
  return (
    <div className="loading" role="status">
      <span className="spinner" aria-hidden /> {t.loading}
    </div>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t, pick } = useSpeech();
  const failure = asApiError(error);
  const title = { "not-found": t.errors.notFound, forbidden: t.errors.forbidden, unavailable: t.errors.unavailable, "too-many-requests": t.errors.tooMany }[failure.kind as string];
  useTitle(title ?? t.errors.problem);
  return (
    <section className="empty" role="alert">
      <WarningOutlined className="empty-mark" aria-hidden />
      <h1>{title ?? t.errors.problem}</h1>
      <p>{pick(failure.words) || (failure.kind === "unavailable" ? t.errors.unavailableText : failure.kind === "not-found" ? t.errors.notFoundText : "")}</p>
      {failure.id && <p className="muted">{t.errors.problemId(failure.id)}</p>}
      <p className="row">
        {onRetry && failure.kind !== "not-found" && failure.kind !== "forbidden" && <button type="button" className="button button-primary" onClick={onRetry}>{t.retry}</button>}
        <Link to="/" className="button">{t.errors.toHome}</Link>
      </p>
    </section>
  );
}

/** A refusal or failure inside a page, such as after a button. */
export function Notice({ error }: { error: unknown }) {
  const { t, pick } = useSpeech();
  if (!error) return null;
  const failure = asApiError(error);
  const titles: Record<string, string> = { refusal: t.errors.refused, forbidden: t.errors.forbidden, unavailable: t.errors.unavailable, "too-many-requests": t.errors.tooMany };
  return (
    <div className="notice notice-bad" role="alert">
      <strong>{titles[failure.kind] ?? t.errors.problem}</strong>
      <p>{pick(failure.words) || (failure.kind === "unavailable" ? t.errors.unavailableText : "")}</p>
      {failure.id && <p className="muted">{t.errors.problemId(failure.id)}</p>}
    </div>
  );
}

export function Empty({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <section className="empty">
      <InboxOutlined className="empty-mark" aria-hidden />
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </section>
  );
}

function CrashWords() {
  const { t } = useSpeech();
  return (
    <section className="empty" role="alert">
      <WarningOutlined className="empty-mark" aria-hidden />
      <h1>{t.errors.crashed}</h1>
      <p>{t.errors.crashedText}</p>
      <button type="button" className="button button-primary" onClick={() => location.reload()}>{t.retry}</button>
    </section>
  );
}

/** A page that throws shows words instead of nothing; the frame around it stays. */
export class Crash extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? <CrashWords /> : this.props.children;
  }
}
