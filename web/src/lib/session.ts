// Who is signed in. The page asks once and again whenever an answer says 401.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { client, send, setCsrfToken, type Schemas } from './api/client';
import { keys } from './query';

export type Session = Schemas['Session'];
export type Role = Schemas['Role'];

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Whether `role` may do what needs `needed`. */
export function allows(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && rank[role] >= rank[needed];
}

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: async ({ signal }) => {
    const session = await send(client.GET('/api/v1/session', { signal }));
    setCsrfToken(session.csrf_token);
    return session;
  },
  staleTime: 5 * 60_000,
});

export function useSession() {
  return useQuery(sessionQuery);
}

/** Whether the person who is signed in may do what needs `needed`. */
export function useMay(needed: Role): boolean {
  return allows(useSession().data?.user?.role, needed);
}

/** Takes over a session that sign-in or set-up answered with. Everything read before belongs to someone else. */
export function useAdoptSession() {
  const queries = useQueryClient();
  return (session: Session) => {
    setCsrfToken(session.csrf_token);
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
    queries.setQueryData(keys.session, session);
  };
}
