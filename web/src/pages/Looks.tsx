/** Who looked at the reader's data: every look by anybody else, the latest first. */
import { Link } from "react-router";
import { useLooks } from "../api/portal-queries";
import type { Look } from "../api/portal";
import { useServices, useZone } from "../api/queries";
import { SignedIn, Time, Trail } from "../parts/bits";
import { Empty, Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Looks() {
  return <SignedIn>{() => <List />}</SignedIn>;
}

function List() {
  const { t, pick } = useSpeech();
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useLooks();
  const { data: catalogue } = useServices();
  const { data: zone } = useZone();
  useTitle(t.looks.title);
  const looks = data?.pages.flatMap((p) => p.looks) ?? [];
  const serviceOf = (slug: string) => pick(catalogue?.chapters.flatMap((c) => c.services).find((s) => s.slug === slug)?.name) || slug;
  const agencyOf = (agency: Look["who"]["agency"]) => (typeof agency === "string" ? pick(zone?.agencies[agency]) || agency : pick(agency));
  const nameOf = ({ who }: Look) => [agencyOf(who.agency), who.name ?? t.looks.kinds[who.is]].filter(Boolean).join(" · ");
  return (
    <div className="wrap page">
      <Trail items={[{ to: "/cases", text: t.nav.cases }, { text: t.looks.title }]} />
      <h1>{t.looks.title}</h1>
      <p className="lead">{t.looks.lead}</p>
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && looks.length === 0 && <Empty title={t.looks.empty} text={t.looks.emptyText} />}
      {looks.length > 0 && (
        <table className="table cards">
          <caption className="sr-only">{t.looks.table}</caption>
          <thead><tr><th scope="col">{t.looks.when}</th><th scope="col">{t.looks.who}</th><th scope="col">{t.looks.what}</th><th scope="col">{t.looks.case}</th></tr></thead>
          <tbody>
            {looks.map((look, i) => (
              <tr key={i}>
                <td data-label={t.looks.when}><Time at={look.at} /></td>
                <th scope="row" data-label={t.looks.who}>{nameOf(look)}</th>
                <td data-label={t.looks.what}>{t.looks.whats[look.what] ?? t.looks.other}</td>
                <td data-label={t.looks.case}><Link to={`/cases/${look.case}`}>{serviceOf(look.service)}</Link></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hasNextPage && <p className="row center"><button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t.more}</button></p>}
    </div>
  );
}
