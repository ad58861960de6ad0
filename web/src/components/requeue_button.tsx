// "Try again" for what is dead, for those who may.
import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import { useRequeue } from '@/lib/requeue';
import { useMay } from '@/lib/session';
import { t } from '@/lib/strings';
import { RetryIcon } from './icons';
import { useToast } from './toast';

export function RequeueButton({
  ids,
  requeue,
  label,
  onDone,
}: {
  ids: readonly string[];
  requeue: (id: string) => Promise<unknown>;
  label: string;
  onDone?: () => void;
}) {
  const may = useMay('operator');
  const toast = useToast();
  const mutation = useRequeue(requeue, ({ done, error }) => {
    if (error) toast.failed(error);
    else toast.done(t.events.requeued(done));
    onDone?.();
  });
  const button = (
    <Button
      variant="outlined"
      startIcon={<RetryIcon />}
      disabled={!may}
      loading={mutation.isPending}
      onClick={() => mutation.mutate(ids)}
    >
      {label}
    </Button>
  );
  if (may) return button;
  return (
    <Tooltip title={t.account.needs(t.account.role.operator)}>
      <span>{button}</span>
    </Tooltip>
  );
}
