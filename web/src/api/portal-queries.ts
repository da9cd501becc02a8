/** What the pages ask of the portal's own records, and how long an answer stays fresh. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { portal, type DeskQuery, type FigureGroup } from "./portal";

const NOTICES_MS = 30_000;
const DESK_MS = 10_000;
const first = undefined as string | undefined;
const nextOf = (page: { next?: string | null }) => page.next ?? undefined;

export const useDrafts = () => useQuery({ queryKey: ["drafts"], queryFn: portal.drafts });

export const useNotices = (signedIn: boolean) =>
  useInfiniteQuery({
    queryKey: ["notices"],
    queryFn: ({ pageParam }) => portal.notices(pageParam),
    initialPageParam: first,
    getNextPageParam: nextOf,
    enabled: signedIn,
    refetchInterval: NOTICES_MS,
  });

/** How many notices the reader has not read. */
export function useUnread(): number {
  const { data } = useNotices(true);
  return data?.pages[0]?.unread ?? 0;
}

export const usePreferences = (signedIn: boolean) =>
  useQuery({ queryKey: ["preferences"], queryFn: portal.preferences, enabled: signedIn, staleTime: 300_000 });

export const useLooks = () =>
  useInfiniteQuery({ queryKey: ["looks"], queryFn: ({ pageParam }) => portal.looks(pageParam), initialPageParam: first, getNextPageParam: nextOf });

export const useRating = (id: string, closed: boolean) => useQuery({ queryKey: ["rating", id], queryFn: () => portal.rating(id), enabled: closed });

export const useDesk = (query: DeskQuery) =>
  useInfiniteQuery({
    queryKey: ["desk", query],
    queryFn: ({ pageParam }) => portal.desk({ ...query, cursor: pageParam }),
    initialPageParam: first,
    getNextPageParam: nextOf,
    placeholderData: keepPreviousData,
    refetchInterval: DESK_MS,
  });

export const useColleagues = (wanted: boolean) => useQuery({ queryKey: ["colleagues"], queryFn: portal.colleagues, enabled: wanted, staleTime: 60_000 });
export const useAssignments = (id: string, wanted: boolean) => useQuery({ queryKey: ["assignments", id], queryFn: () => portal.assignments(id), enabled: wanted });

export const useFigures = (by: FigureGroup, from: string, to: string) =>
  useQuery({ queryKey: ["figures", by, from, to], queryFn: () => portal.figures(by, from, to), placeholderData: keepPreviousData, staleTime: 60_000 });
