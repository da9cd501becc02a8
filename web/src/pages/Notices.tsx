/** What the zone has told the reader, newest first. */
import { BellOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "react-router";
import { rememberSeen, useNotices } from "../api/queries";
import { SignedIn, Time } from "../parts/bits";
import { Empty, Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Notices() {
  return <SignedIn>{(me) => <List account={me.account.id} />}</SignedIn>;
}

function List({ account }: { account: string }) {
  const client = useQueryClient();
  const { t, pick } = useSpeech();
  const { data, error, isPending, refetch } = useNotices(true);
  useTitle(t.notices.title);
  const newest = data?.notices[0]?.at;
  useEffect(() => {
    if (newest) rememberSeen(client, account, newest);
  }, [client, account, newest]);
  return (
    <div className="wrap page narrow">
      <h1>{t.notices.title}</h1>
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && data.notices.length === 0 && <Empty title={t.notices.empty} text={t.notices.emptyText} />}
      <ul className="notices">
        {data?.notices.map((n) => (
          <li key={n.id}>
            <BellOutlined aria-hidden />
            <div>
              <p>{pick(n.text)}</p>
              <p className="muted small"><Time at={n.at} /> · <Link to={`/cases/${n.case}`}>{t.notices.view}</Link></p>
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
