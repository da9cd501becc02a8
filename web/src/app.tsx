/** Providers and routes. Every page but the home page is loaded when it is first opened. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy } from "react";
import { createBrowserRouter, RouterProvider } from "react-router";
import { ApiError } from "./api/errors";
import Home from "./pages/Home";
import { LargeContext } from "./lib/large";
import { useDisplay } from "./parts/display";
import { Frame } from "./parts/Frame";
import { SpeechProvider } from "./text";

const Themed = lazy(() => import("./parts/Themed"));
const Guide = lazy(() => import("./pages/Guide"));
const Apply = lazy(() => import("./pages/Apply"));
const Login = lazy(() => import("./pages/Login"));
const MyCases = lazy(() => import("./pages/MyCases"));
const Delegations = lazy(() => import("./pages/Delegations"));
const Desk = lazy(() => import("./pages/Desk"));
const Case = lazy(() => import("./pages/Case"));
const Receipt = lazy(() => import("./pages/Receipt"));
const Notices = lazy(() => import("./pages/Notices"));
const Account = lazy(() => import("./pages/Account"));
const Preferences = lazy(() => import("./pages/Preferences"));
const Looks = lazy(() => import("./pages/Looks"));
const Review = lazy(() => import("./pages/Review"));
const Sheet = lazy(() => import("./pages/Sheet"));
const Figures = lazy(() => import("./pages/Figures"));
const NotFound = lazy(() => import("./pages/NotFound"));

const RETRIES_MAX = 2;

/** What the server has said clearly is not asked again; a network that failed is. */
const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => count < RETRIES_MAX && (!(error instanceof ApiError) || error.kind === "unavailable"),
      refetchOnWindowFocus: true,
      staleTime: 2000,
    },
  },
});

function Shell() {
  const display = useDisplay();
  return <LargeContext.Provider value={display}><Frame display={display} /></LargeContext.Provider>;
}

const router = createBrowserRouter([
  {
    element: <Shell />,
    children: [
      { path: "/", element: <Home /> },
      { path: "/services/:slug", element: <Guide /> },
      { path: "/notices", element: <Notices /> },
      { path: "/preferences", element: <Preferences /> },
      { path: "/looks", element: <Looks /> },
      { path: "/desk", element: <Desk /> },
      { path: "/figures", element: <Figures /> },
      { path: "/cases/:id/sheet", element: <Sheet /> },
      {
        element: <Themed />,
        children: [
          { path: "/services/:slug/apply", element: <Apply /> },
          { path: "/login", element: <Login /> },
          { path: "/account", element: <Account /> },
          { path: "/cases", element: <MyCases /> },
          { path: "/delegations", element: <Delegations /> },
          { path: "/desk/review", element: <Review /> },
          { path: "/cases/:id", element: <Case /> },
          { path: "/cases/:id/receipt", element: <Receipt /> },
        ],
      },
      { path: "*", element: <NotFound /> },
    ],
  },
]);

export const App = () => (
  <QueryClientProvider client={client}>
    <SpeechProvider>
      <RouterProvider router={router} />
    </SpeechProvider>
  </QueryClientProvider>
);
