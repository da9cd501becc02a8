/** The front door: search, what is open now, and all services by chapter. */
import { ArrowRightOutlined, SearchOutlined } from "@ant-design/icons";
import { useEffect, useState, type FormEvent } from "react";
import { Link, useSearchParams } from "react-router";
import { useServices } from "../api/queries";
import type { Chapter, ServiceLine } from "../api/types";
import { search } from "../lib/search";
import { HeroPicture, ChapterMark } from "../parts/pictures";
import { Empty, Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Home() {
  const { data, error, isPending, refetch } = useServices();
  const [params] = useSearchParams();
  const query = params.get("q")?.trim() ?? "";
  useTitle("");
  const chapters = data?.chapters ?? [];
  return (
    <>
      <Hero chapters={chapters} />
      <div className="wrap page">
        {isPending && <Loading />}
        {error && <Failed error={error} onRetry={() => void refetch()} />}
        {data && (query ? <Found chapters={chapters} query={query} /> : <All chapters={chapters} />)}
      </div>
    </>
  );
}

function Hero({ chapters }: { chapters: Chapter[] }) {
  const { t } = useSpeech();
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(params.get("q") ?? "");
  useEffect(() => setText(params.get("q") ?? ""), [params]);
  const put = (value: string) => {
    const next = new URLSearchParams(params);
    if (value.trim()) next.set("q", value);
    else next.delete("q");
    setParams(next, { replace: true });
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    put(text);
  };
  const services = chapters.flatMap((c) => c.services);
  const stats: [number, string][] = [[services.length, t.home.statServices], [services.filter((s) => s.open).length, t.home.statOpen], [chapters.length, t.home.statChapters]];
  return (
    <section className="hero" aria-labelledby="hero-title">
      <HeroPicture />
      <div className="wrap hero-inner">
        <h1 id="hero-title">{t.home.title}</h1>
        <p className="hero-lead">{t.home.lead}</p>
        <form role="search" className="hero-search" onSubmit={submit}>
          <SearchOutlined aria-hidden className="hero-search-mark" />
          <input
            type="search" aria-label={t.home.search} placeholder={t.home.searchHint} value={text} autoComplete="off"
            onChange={(e) => { setText(e.target.value); put(e.target.value); }}
          />
          <button type="submit">{t.home.searchButton}</button>
        </form>
        {services.length > 0 && (
          <ul className="hero-stats">
            {stats.map(([n, words]) => <li key={words}><strong>{n}</strong> {words}</li>)}
          </ul>
        )}
      </div>
    </section>
  );
}

function Found({ chapters, query }: { chapters: Chapter[]; query: string }) {
  const { t } = useSpeech();
  const [, setParams] = useSearchParams();
  const found = search(chapters, query);
  return (
    <section aria-labelledby="found-title">
      <div className="section-head">
        <h2 id="found-title">{t.home.found(found.length, query)}</h2>
        <button type="button" className="link" onClick={() => setParams({}, { replace: true })}>{t.home.clear}</button>
      </div>
      <p className="sr-only" role="status">{t.home.found(found.length, query)}</p>
      {found.length === 0
        ? <Empty title={t.home.none} text={t.home.noneHint}><button type="button" className="button" onClick={() => setParams({}, { replace: true })}>{t.home.showAll}</button></Empty>
        : <ul className="service-grid">{found.map((line) => <ServiceCard key={line.slug} line={line} level={3} />)}</ul>}
    </section>
  );
}

function All({ chapters }: { chapters: Chapter[] }) {
  const { t, pick } = useSpeech();
  const open = chapters.flatMap((c) => c.services).filter((s) => s.open);
  return (
    <>
      {open.length > 0 && (
        <section aria-labelledby="open-title" className="block">
          <div className="section-head"><h2 id="open-title">{t.home.openNow}</h2></div>
          <ul className="open-grid">{open.map((line) => <OpenCard key={line.slug} line={line} />)}</ul>
        </section>
      )}
      <section aria-labelledby="chapters-title" className="block">
        <div className="section-head"><h2 id="chapters-title">{t.home.byChapter}</h2></div>
        <ul className="chapter-nav">
          {chapters.map((c) => (
            <li key={c.id}>
              <a href={`#chapter-${c.id}`} onClick={(e) => { e.preventDefault(); document.getElementById(`chapter-${c.id}`)?.scrollIntoView(); }}>
                <ChapterMark id={c.id} />
                <span><strong>{pick(c.name)}</strong><small>{t.home.count(c.services.length, c.services.filter((s) => s.open).length)}</small></span>
              </a>
            </li>
          ))}
        </ul>
        {chapters.map((c) => (
          <section key={c.id} id={`chapter-${c.id}`} className="chapter" aria-labelledby={`chapter-title-${c.id}`}>
            <h3 id={`chapter-title-${c.id}`}><ChapterMark id={c.id} /> {pick(c.name)}</h3>
            <ul className="service-grid">{c.services.map((line) => <ServiceCard key={line.slug} line={line} level={4} />)}</ul>
          </section>
        ))}
      </section>
    </>
  );
}

function OpenCard({ line }: { line: ServiceLine }) {
  const { t, pick } = useSpeech();
  return (
    <li className="open-card">
      <div>
        <p className="eyebrow">{pick(line.agency)}</p>
        <h3>{pick(line.name)}</h3>
        <p>{pick(line.summary)}</p>
      </div>
      <p className="row">
        <Link className="button button-warm" to={`/services/${line.slug}/apply`}>{t.home.apply} <ArrowRightOutlined aria-hidden /></Link>
        <Link className="button" to={`/services/${line.slug}`}>{t.home.guide}</Link>
      </p>
    </li>
  );
}

function ServiceCard({ line, level }: { line: ServiceLine; level: 3 | 4 }) {
  const { t, pick } = useSpeech();
  const Title = `h${level}` as const;
  return (
    <li className={`service-card${line.open ? " service-open" : ""}`}>
      <p className="service-top"><span className="number" aria-hidden>{String(line.number).padStart(2, "0")}</span>
        <span className={`tag ${line.open ? "tag-good" : "tag-plain"}`}>{line.open ? t.home.open : t.home.building}</span></p>
      <Title><Link to={`/services/${line.slug}`}>{pick(line.name)}</Link></Title>
      <p className="service-summary">{pick(line.summary)}</p>
      <p className="service-agency">{pick(line.agency)}</p>
    </li>
  );
}
