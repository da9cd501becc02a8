/** Everything that the reader applied for or takes part in. */
import { Link } from "react-router";
import { useMyCases } from "../api/queries";
import { SignedIn } from "../parts/bits";
import { CaseList } from "../parts/CaseList";
import { Drafts } from "../parts/Drafts";
import { Empty, Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function MyCases() {
  return <SignedIn>{() => <List />}</SignedIn>;
}

function List() {
  const { t } = useSpeech();
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useMyCases();
  useTitle(t.cases.title);
  return (
    <div className="wrap page">
      <div className="section-head"><h1>{t.cases.title}</h1><Link to="/looks">{t.looks.title}</Link></div>
      <p className="lead">{t.cases.lead}</p>
      <Drafts />
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && (data.pages[0]?.cases.length
        ? <CaseList pages={data.pages} more={hasNextPage} loading={isFetchingNextPage} onMore={() => void fetchNextPage()} />
        : <Empty title={t.cases.empty} text={t.cases.emptyText}><Link className="button button-primary" to="/">{t.cases.emptyAction}</Link></Empty>)}
    </div>
  );
}
