// Demo data is labelled on every page and leaves with one click.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useToast } from '@/components/toast';
import { client, send } from '@/lib/api/client';
import { useStatus } from '@/lib/api/status';
import { keys } from '@/lib/query';
import { useMay } from '@/lib/session';
import { t } from '@/lib/strings';

/** DELETE /api/v1/demo, then everything is read again. */
export function useRemoveDemo() {
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: () => send(client.DELETE('/api/v1/demo')),
    onSuccess: async () => {
      toast.done(t.demo.removed);
      await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
    },
    onError: toast.failed,
  });
}

export function DemoBanner() {
  const demo = useStatus().data?.demo ?? false;
  const admin = useMay('admin');
  const remove = useRemoveDemo();
  if (!demo) return null;
  return (
    <Box
      role="note"
      sx={(theme) => ({
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        gap: 1,
        px: { xs: 1.5, sm: 2.5 },
        py: 0.75,
        bgcolor: theme.palette.tones.warn.ground,
        borderBottom: 1,
        borderColor: theme.palette.tones.warn.edge,
      })}
    >
      <Typography variant="body2" sx={{ flex: '1 1 240px' }}>
        <strong>{t.demo.title}</strong> {t.demo.body}
      </Typography>
      {admin && (
        <Button variant="outlined" color="inherit" loading={remove.isPending} onClick={() => remove.mutate()}>
          {t.demo.remove}
        </Button>
      )}
    </Box>
  );
}
