/** Applications that were begun and not sent: each can be taken up again or thrown away. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { useDrafts } from "../api/portal-queries";
import { portal, type DraftLine } from "../api/portal";
import { useServices } from "../api/queries";
import { useSpeech } from "../text";
import { Time } from "./bits";
import { Notice } from "./states";

export function Drafts() {
  const { t, pick } = useSpeech();
  const client = useQueryClient();
  const { data } = useDrafts();
  const { data: catalogue } = useServices();
  const [failure, setFailure] = useState<unknown>(null);
  const drafts = data?.drafts ?? [];
  if (drafts.length === 0) return null;
  const nameOf = (slug: string) => pick(catalogue?.chapters.flatMap((c) => c.services).find((s) => s.slug === slug)?.name) || slug;
  const drop = async (draft: DraftLine) => {
    if (!window.confirm(t.draft.dropSure(draft.title || nameOf(draft.service)))) return;
    setFailure(null);
    await portal.dropDraft(draft.service).catch(setFailure);
    void client.invalidateQueries({ queryKey: ["drafts"] });
  };
  return (
    <section className="block" aria-labelledby="drafts-title">
      <h2 id="drafts-title">{t.draft.list}</h2>
      <p className="muted">{t.draft.listLead}</p>
      <Notice error={failure} />
      <ul className="cases">
        {drafts.map((draft) => (
          <li key={draft.service} className="case-line draft-line">
            <span className="case-main">
              <strong lang="zh-CN">{draft.title || nameOf(draft.service)}</strong>
              <span className="muted">{draft.title && `${nameOf(draft.service)} · `}{t.draft.saved} <Time at={draft.saved_at} /></span>
            </span>
            <span className="row">
              <Link className="button button-primary" aria-label={t.draft.resumeOf(draft.title || nameOf(draft.service))} to={`/services/${draft.service}/apply?action=${encodeURIComponent(draft.action)}`}>{t.draft.resume}</Link>
              <button type="button" className="button" aria-label={t.draft.dropOf(draft.title || nameOf(draft.service))} onClick={() => void drop(draft)}>{t.draft.drop}</button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
