/** What the zone has told the reader, newest first; the server remembers what has been read. */
import { BellOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { portal } from "../api/portal";
import { useNotices } from "../api/portal-queries";
import { SignedIn, Time } from "../parts/bits";
import { Empty, Failed, Loading, Notice } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Notices() {
  return <SignedIn>{() => <List />}</SignedIn>;
}

function List() {
  const client = useQueryClient();
  const { t, pick } = useSpeech();
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useNotices(true);
  const [failure, setFailure] = useState<unknown>(null);
  const [said, setSaid] = useState("");
  useTitle(t.notices.title);
  const notices = data?.pages.flatMap((p) => p.notices) ?? [];
  const unread = data?.pages[0]?.unread ?? 0;
  const read = async (which: Parameters<typeof portal.readNotices>[0]) => {
    setFailure(null);
    try {
      await portal.readNotices(which);
      if ("all" in which) setSaid(t.messages.allRead);
    } catch (thrown) {
      setFailure(thrown);
    }
    void client.invalidateQueries({ queryKey: ["notices"] });
  };
  return (
    <div className="wrap page narrow">
      <div className="section-head">
        <h1>{t.notices.title}</h1>
        <p className="row">
          {unread > 0 && <button type="button" className="link" onClick={() => void read({ all: true })}>{t.messages.readAll}</button>}
          <Link to="/preferences">{t.messages.settings}</Link>
        </p>
      </div>
      <p className="sr-only" role="status">{said}</p>
      <Notice error={failure} />
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && notices.length === 0 && <Empty title={t.notices.empty} text={t.notices.emptyText} />}
      <ul className="notices">
        {notices.map((n) => (
          <li key={n.id} className={!n.read ? "unread" : undefined}>
            <BellOutlined aria-hidden />
            <div>
              <p>{!n.read && <span className="tag tag-mine">{t.messages.unread}</span>} {pick(n.text)}</p>
              <p className="muted small"><Time at={n.at} /> · <Link to={`/cases/${n.case}`} onClick={() => { if (!n.read) void read({ ids: [n.id] }); }}>{t.notices.view}</Link></p>
            </div>
          </li>
        ))}
      </ul>
      {hasNextPage && <p className="row center"><button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t.more}</button></p>}
    </div>
  );
}
