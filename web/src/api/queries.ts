import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api } from "./client";
import { identity } from "./identity";
import type { CaseView } from "./types";

const PAGE = 20;
/** How often an open case is looked at again, in milliseconds. */
const LIVE_MS = 3000;
/** How often it is asked whom one may act for, in milliseconds. */
const DELEGATIONS_MS = 30_000;

export const useMe = () => useQuery({ queryKey: ["me"], queryFn: api.me, staleTime: 60_000 });
export const useZone = () => useQuery({ queryKey: ["zone"], queryFn: api.zone, staleTime: Infinity });
export const useLoginWays = () => useQuery({ queryKey: ["login-ways"], queryFn: identity.ways, staleTime: 300_000 });
export const useServices = () => useQuery({ queryKey: ["services"], queryFn: api.services, staleTime: 300_000 });
export const useService = (slug: string) =>
  useQuery({ queryKey: ["service", slug], queryFn: () => api.service(slug), staleTime: 300_000, enabled: slug !== "" });

/** The service's line in the catalogue, which has a name even when the service isn't built yet. */
export function useServiceLine(slug: string) {
  const { data } = useServices();
  for (const chapter of data?.chapters ?? []) {
    const line = chapter.services.find((s) => s.slug === slug);
    if (line) return { chapter, line };
  }
  return null;
}

export const useMyCases = () =>
  useInfiniteQuery({
    queryKey: ["cases"],
    queryFn: ({ pageParam }) => api.cases({ cursor: pageParam, limit: PAGE }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** A closed case may still be filed by the machine a moment later. */
const moves = (view: CaseView) => !view.closed || view.steps.some((s) => s.state === "current");

export const useCase = (id: string) =>
  useQuery({
    queryKey: ["case", id],
    queryFn: () => api.case(id),
    refetchInterval: (query) => (query.state.data && !query.state.error && moves(query.state.data) ? LIVE_MS : false),
  });

/** Follows the case: asked again whenever its version moves. */
export const useEvents = (id: string, version: number) =>
  useQuery({ queryKey: ["events", id, version], queryFn: () => api.events(id), placeholderData: keepPreviousData });

export const useLook = <T>(id: string, query: string, version: number) =>
  useQuery({ queryKey: ["look", id, query, version], queryFn: () => api.look<T>(id, query), placeholderData: keepPreviousData });

export const useDelegations = (enabled: boolean) =>
  useQuery({ queryKey: ["delegations"], queryFn: api.delegations, enabled, refetchInterval: DELEGATIONS_MS });

/** What is seen in one person's name is asked again in the other's, wherever it stands open. */
export function useAskAgain() {
  const client = useQueryClient();
  return useCallback(() => {
    for (const key of ["cases", "desk", "case", "events", "look", "rating"]) void client.resetQueries({ queryKey: [key] });
  }, [client]);
}

/** Puts a case that an action answered with where the pages read it, and lets the lists be asked again. */
export function rememberCase(client: QueryClient, view: CaseView) {
  client.setQueryData(["case", view.id], view);
  for (const key of ["cases", "desk", "notices", "delegations"]) void client.invalidateQueries({ queryKey: [key] });
}

/** Forgets whatever belongs to the account; the catalogue stays. */
export function useForgetAccount() {
  const client = useQueryClient();
  return () => {
    for (const key of ["cases", "desk", "case", "events", "look", "notices", "drafts", "preferences", "looks", "rating", "figures", "colleagues", "assignments", "account", "delegations"]) client.removeQueries({ queryKey: [key] });
  };
}
