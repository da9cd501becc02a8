/** The service guide (办事指南): who may come, with what, how long it takes, by which law. */
import { BookOutlined, CheckOutlined, ClockCircleOutlined, TeamOutlined, WalletOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { useMe, useService, useServiceLine } from "../api/queries";
import { ApiError } from "../api/errors";
import type { Service } from "../api/types";
import { applyPath, openingsOf, wordsOf } from "../lib/openings";
import { Trail } from "../parts/bits";
import { Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Guide() {
  const { slug = "" } = useParams();
  const { t, pick } = useSpeech();
  const { data, error, isPending, refetch } = useService(slug);
  const known = useServiceLine(slug);
  const { data: me } = useMe();
  const name = pick(data?.text?.name ?? data?.name ?? known?.line.name);
  useTitle(name);
  if (isPending) return <Loading />;
  // The catalogue lists what isn't built yet; such a service has a name and no guide.
  const unbuilt = error instanceof ApiError && error.kind === "not-found" && known !== null;
  if (error && !unbuilt) return <div className="wrap page"><Failed error={error} onRetry={() => void refetch()} /></div>;
  const open = data?.open ?? false;
  const guide = data?.text?.guide;
  return (
    <>
      <div className="band">
        <div className="wrap">
          <Trail items={[{ to: "/", text: t.nav.home }, ...(known ? [{ text: pick(known.chapter.name) }] : []), { text: name }].map((x, i, all) => (i > 0 && i < all.length - 1 ? { ...x, to: "/" } : x))} />
          <h1>{name}</h1>
          <p className="lead">{pick(data?.text?.summary ?? data?.summary ?? known?.line.summary)}</p>
          <p className="muted">{t.guide.agency}{t.colon}{pick(data?.agency ?? known?.line.agency)}</p>
          {open && data && (
            <p className="row">
              <Openings service={data} className="button button-warm" />
              {me === null && <span className="muted">{t.guide.loginFirst}</span>}
            </p>
          )}
        </div>
      </div>
      <div className="wrap page">
        {!open && <div className="notice"><strong>{t.guide.buildingTitle}</strong><p>{t.guide.buildingText}</p></div>}
        {guide && (
          <div className="guide">
            <div className="guide-main">
              <Block title={t.guide.who}><p>{pick(guide.who)}</p></Block>
              <Block title={t.guide.materials}>
                <ul className="ticks">{guide.materials.map((m, i) => <li key={i}><CheckOutlined aria-hidden /> <span>{pick(m)}</span></li>)}</ul>
              </Block>
              <Block title={t.guide.steps}><ol className="numbered">{guide.steps.map((s, i) => <li key={i}>{pick(s)}</li>)}</ol></Block>
              {(data?.parts ?? []).length > 0 && <Block title={t.openings.parts}><ul className="ticks">{data!.parts!.map((part) => <Part key={part} slug={part} />)}</ul></Block>}
              <Block title={t.guide.law}><ul className="laws">{guide.law.map((l, i) => <li key={i}><BookOutlined aria-hidden /> <span>{pick(l)}</span></li>)}</ul></Block>
            </div>
            <aside className="facts" aria-label={t.guide.facts}>
              <h2>{t.guide.facts}</h2>
              <dl>
                <Fact icon={<ClockCircleOutlined aria-hidden />} label={t.guide.days}>{pick(guide.days)}</Fact>
                <Fact icon={<WalletOutlined aria-hidden />} label={t.guide.fee}>{pick(guide.fee)}</Fact>
                <Fact icon={<TeamOutlined aria-hidden />} label={t.guide.agency}>{pick(data?.agency)}</Fact>
              </dl>
              {open && data && <Openings service={data} className="button button-primary button-wide" />}
              {data?.version !== undefined && <p className="muted small">{t.guide.version(data.version)}</p>}
            </aside>
          </div>
        )}
      </div>
    </>
  );
}

const Block = ({ title, children }: { title: string; children: ReactNode }) => <section className="guide-block"><h2>{title}</h2>{children}</section>;
const Fact = ({ icon, label, children }: { icon: ReactNode; label: string; children: ReactNode }) => (
  <div><dt>{icon} {label}</dt><dd>{children}</dd></div>
);

/** One button for each way of opening a case, in its own words; a service of one way says "apply". */
function Openings({ service, className }: { service: Service; className: string }) {
  const { t, pick } = useSpeech();
  const { data: me } = useMe();
  // Who isn't an officer, or has nothing to open here, sees what an applicant sees.
  const own = openingsOf(service, me?.account.kind);
  const openings = own.length > 0 ? own : openingsOf(service);
  return (
    <>
      {openings.map((a) => (
        <Link key={a.name} className={className} to={applyPath(service.slug, openings, a)}>
          {openings.length > 1 ? pick(wordsOf(service, a)) || t.guide.apply : t.guide.apply}
        </Link>
      ))}
    </>
  );
}

/** A service that is part of this one, by its name. */
function Part({ slug }: { slug: string }) {
  const { pick } = useSpeech();
  const { data } = useService(slug);
  return <li><CheckOutlined aria-hidden /> <span><Link to={`/services/${slug}`}>{pick(data?.text?.name) || slug}</Link><br /><span className="muted">{pick(data?.agency)}</span></span></li>;
}
