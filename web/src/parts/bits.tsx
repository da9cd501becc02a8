/** Small parts that several pages share. */
import type { ReactNode } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { useMe } from "../api/queries";
import type { CaseLine, CaseView, Me } from "../api/types";
import { dateTime } from "../lib/dates";
import { useSpeech } from "../text";
import "../portal.css";
import { Failed, Loading } from "./states";

export function Trail({ items }: { items: { to?: string; text: string }[] }) {
  const { t } = useSpeech();
  return (
    <nav className="trail" aria-label={t.nav.path}>
      <ol>
        {items.map((item, i) => <li key={i}>{item.to ? <Link to={item.to}>{item.text}</Link> : <span aria-current="page">{item.text}</span>}</li>)}
      </ol>
    </nav>
  );
}

/** Pages that need an account: whoever has none is sent to sign in and comes back. */
export function SignedIn({ children }: { children: (me: Me) => ReactNode }) {
  const { data: me, error, isPending, refetch } = useMe();
  const { pathname, search } = useLocation();
  if (isPending) return <Loading />;
  if (error) return <div className="wrap page"><Failed error={error} onRetry={() => void refetch()} /></div>;
  if (!me) return <Navigate to={`/login?next=${encodeURIComponent(pathname + search)}`} replace />;
  return <>{children(me)}</>;
}

type Tone = "good" | "bad" | "busy" | "mine" | "plain";

type Standing = Pick<CaseLine, "status" | "status_text" | "awaits_me" | "closed"> & Partial<Pick<CaseView, "steps">>;

/** How a status looks; its words are the service's own. */
export function toneOf(line: Standing): Tone {
  if (line.steps?.some((s) => s.state === "stopped")) return "bad";
  if (line.awaits_me) return "mine";
  if (!line.closed) return "busy";
  return line.steps ? "good" : "plain";
}

export function StatusTag({ line }: { line: Standing }) {
  const { pick } = useSpeech();
  return <span className={`tag tag-${toneOf(line)}`}>{pick(line.status_text) || line.status}</span>;
}

export function Time({ at }: { at: string | null | undefined }) {
  const { lang } = useSpeech();
  return at ? <time dateTime={at}>{dateTime(at, lang)}</time> : null;
}
