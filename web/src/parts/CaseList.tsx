/** A list of cases, for those who applied and for those who decide. */
import { RightOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "react-router";
import { useServices } from "../api/queries";
import type { CasePage } from "../api/types";
import { useSpeech } from "../text";
import { StatusTag, Time } from "./bits";

interface Props {
  pages: CasePage[];
  more: boolean;
  loading: boolean;
  onMore: () => void;
}

export function CaseList({ pages, more, loading, onMore }: Props) {
  const { t, pick } = useSpeech();
  const { data } = useServices();
  const named = [...(data?.chapters.flatMap((c) => c.services) ?? []), ...(data?.parts ?? [])];
  const nameOf = (slug: string) => pick(named.find((s) => s.slug === slug)?.name) || slug;
  return (
    <>
      <ul className="cases" aria-label={t.cases.list}>
        {pages.flatMap((p) => p.cases).map((line) => (
          <li key={line.id}>
            <Link to={`/cases/${line.id}`} className="case-line">
              <span className="case-main">
                <strong lang="zh-CN">{line.title || t.cases.untitled}</strong>
                <span className="muted">{nameOf(line.service)} · {t.cases.updated} <Time at={line.updated_at} /></span>
              </span>
              <span className="case-tags">
                {line.awaits_me && <span className="tag tag-mine">{t.cases.awaitsMe}</span>}
                <StatusTag line={{ ...line, awaits_me: false }} />
                <RightOutlined aria-hidden className="muted" />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {more && <p className="row center"><Button onClick={onMore} loading={loading}>{t.more}</Button></p>}
    </>
  );
}
