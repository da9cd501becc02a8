/** The officer's desk: the cases of the agency, by service and status. */
import { useSearchParams } from "react-router";
import { useDeskCases, useService, useServices } from "../api/queries";
import { SignedIn } from "../parts/bits";
import { CaseList } from "../parts/CaseList";
import { Empty, Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Desk() {
  const { t } = useSpeech();
  return (
    <SignedIn>
      {(me) => (me.account.kind === "officer" ? <Queue /> : <div className="wrap page narrow"><div className="notice"><p>{t.desk.officerOnly}</p></div></div>)}
    </SignedIn>
  );
}

function Queue() {
  const { t, pick } = useSpeech();
  const { data: catalogue } = useServices();
  const [params, setParams] = useSearchParams();
  const open = catalogue?.chapters.flatMap((c) => c.services).filter((s) => s.open) ?? [];
  const slug = params.get("service") ?? "";
  const status = params.get("status") ?? "";
  const { data: service } = useService(slug);
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useDeskCases(slug, status);
  useTitle(t.desk.title);
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    if (name === "service") next.delete("status");
    setParams(next, { replace: true });
  };
  return (
    <div className="wrap page">
      <h1>{t.desk.title}</h1>
      <p className="lead">{t.desk.lead}</p>
      <div className="filters">
        <div><label htmlFor="desk-service">{t.desk.service}</label>
          <select id="desk-service" className="input" value={slug} onChange={(e) => set("service", e.target.value)}>
            <option value="">{t.desk.allServices}</option>
            {open.map((s) => <option key={s.slug} value={s.slug}>{pick(s.name)}</option>)}
          </select>
        </div>
        <div><label htmlFor="desk-status">{t.desk.status}</label>
          <select id="desk-status" className="input" value={status} disabled={slug === ""} onChange={(e) => set("status", e.target.value)}>
            <option value="">{t.desk.all}</option>
            {Object.entries(service?.text?.status ?? {}).map(([name, words]) => <option key={name} value={name}>{pick(words)}</option>)}
          </select>
        </div>
      </div>
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && (data.pages[0]?.cases.length
        ? <CaseList pages={data.pages} more={hasNextPage} loading={isFetchingNextPage} onMore={() => void fetchNextPage()} />
        : <Empty title={t.desk.empty} text={t.desk.emptyText} />)}
    </div>
  );
}
