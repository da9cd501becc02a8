/** Providers and routes. Every page but the home page is loaded when it is first opened. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, useEffect, useState } from "react";
import { createBrowserRouter, RouterProvider } from "react-router";
import { ApiError } from "./api/errors";
import Home from "./pages/Home";
import { Frame } from "./parts/Frame";
import { SpeechProvider } from "./text";

const Themed = lazy(() => import("./parts/Themed"));
const Guide = lazy(() => import("./pages/Guide"));
const Apply = lazy(() => import("./pages/Apply"));
const Login = lazy(() => import("./pages/Login"));
const MyCases = lazy(() => import("./pages/MyCases"));
const Desk = lazy(() => import("./pages/Desk"));
const Case = lazy(() => import("./pages/Case"));
const Receipt = lazy(() => import("./pages/Receipt"));
const Notices = lazy(() => import("./pages/Notices"));
const Account = lazy(() => import("./pages/Account"));
const NotFound = lazy(() => import("./pages/NotFound"));

const RETRIES_MAX = 2;
const LARGE = "qianhai.large";

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
  const [large, setLarge] = useState(() => localStorage.getItem(LARGE) === "1");
  useEffect(() => {
    document.documentElement.classList.toggle("large", large);
    localStorage.setItem(LARGE, large ? "1" : "0");
  }, [large]);
  return <Frame large={large} setLarge={setLarge} />;
}

const router = createBrowserRouter([
  {
    element: <Shell />,
    children: [
      { path: "/", element: <Home /> },
      { path: "/services/:slug", element: <Guide /> },
      { path: "/notices", element: <Notices /> },
      {
        element: <Themed />,
        children: [
          { path: "/services/:slug/apply", element: <Apply /> },
          { path: "/login", element: <Login /> },
          { path: "/account", element: <Account /> },
          { path: "/cases", element: <MyCases /> },
          { path: "/desk", element: <Desk /> },
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
