// What a person sees before being signed in: the set-up link's page, the sign-in link's page, the key form.
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { WheelIcon } from '@/components/icons';
import { ErrorPanel, LoadingRows } from '@/components/states';
import { useAdoptSession, useSession } from '@/lib/session';
import { t } from '@/lib/strings';
import { setUp, signIn } from './api/sign_in';
import { tokenOf } from './token';

const words = t.session;

function Gate({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box component="main" sx={{ minHeight: '100dvh', display: 'grid', placeItems: 'center', p: 2 }}>
      <title>{t.app.title(title)}</title>
      <Paper sx={{ p: { xs: 2.5, sm: 4 }, width: '100%', maxWidth: 440 }}>
        <Stack direction="row" sx={{ alignItems: 'center', gap: 1, mb: 2, color: 'primary.main' }}>
          <WheelIcon />
          <Typography sx={{ fontWeight: 700 }}>{t.app.name}</Typography>
        </Stack>
        <Typography variant="h1" sx={{ mb: 1 }}>
          {title}
        </Typography>
        {children}
      </Paper>
    </Box>
  );
}

export function SetupPage() {
  // Read once: the fragment leaves the address bar and the history as soon as it has been read.
  const { hash } = useLocation();
  const navigate = useNavigate();
  const [token] = useState(() => tokenOf(hash));
  const adopt = useAdoptSession();
  const [name, setName] = useState('');
  useEffect(() => {
    if (hash) void navigate('/setup', { replace: true });
  }, [hash, navigate]);
  const claim = useMutation({
    mutationFn: setUp,
    onSuccess: (session) => {
      adopt(session);
      void navigate('/', { replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token) claim.mutate({ token, name: name.trim() });
  };
  if (!token) {
    return (
      <Gate title={words.noToken}>
        <Typography>{words.noTokenRemedy}</Typography>
      </Gate>
    );
  }
  return (
    <Gate title={words.welcome}>
      <Typography sx={{ color: 'text.secondary', mb: 2 }}>{words.setupIntro}</Typography>
      <Stack component="form" onSubmit={submit} sx={{ gap: 2 }}>
        {claim.error && <ErrorPanel error={claim.error} title={t.error.actionTitle} />}
        <TextField
          autoFocus
          required
          label={words.name}
          helperText={words.nameHint}
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="name"
          slotProps={{ htmlInput: { maxLength: 80 } }}
        />
        <Button
          type="submit"
          variant="contained"
          size="large"
          loading={claim.isPending}
          disabled={!name.trim()}
        >
          {words.claim}
        </Button>
      </Stack>
    </Gate>
  );
}

/** Stands in for any page while nobody is signed in; afterwards that page appears at its own address. */
export function SignInPage() {
  const session = useSession();
  const adopt = useAdoptSession();
  const [key, setKey] = useState('');
  const enter = useMutation({ mutationFn: signIn, onSuccess: adopt });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate({ api_key: key.trim() });
  };
  return (
    <Gate title={words.signIn}>
      {session.data?.setup_required && (
        <Alert severity="info" variant="outlined" sx={{ mb: 2 }}>
          <Typography component="p" sx={{ fontWeight: 650 }}>
            {words.setupRequired}
          </Typography>
          <Typography variant="body2">{words.setupRequiredRemedy}</Typography>
        </Alert>
      )}
      <Typography sx={{ color: 'text.secondary', mb: 2 }}>{words.keyIntro}</Typography>
      <Stack component="form" onSubmit={submit} sx={{ gap: 2 }}>
        {enter.error && <ErrorPanel error={enter.error} title={t.error.actionTitle} />}
        <TextField
          autoFocus
          required
          type="password"
          label={words.apiKey}
          helperText={words.keyHint}
          value={key}
          onChange={(event) => setKey(event.target.value)}
          autoComplete="current-password"
          slotProps={{ htmlInput: { maxLength: 256, spellCheck: false } }}
        />
        <Button
          type="submit"
          variant="contained"
          size="large"
          loading={enter.isPending}
          disabled={!key.trim()}
        >
          {words.signIn}
        </Button>
      </Stack>
    </Gate>
  );
}

export function SignInLinkPage() {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const [token] = useState(() => tokenOf(hash));
  const adopt = useAdoptSession();
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => {
      adopt(session);
      void navigate('/', { replace: true });
    },
  });
  // The token works once: asked for once, also where effects run twice.
  const asked = useRef(false);
  const { mutate } = enter;
  useEffect(() => {
    if (!token || asked.current) return;
    asked.current = true;
    mutate({ link_token: token });
  }, [token, mutate]);
  if (!token) return <SignInPage />;
  return (
    <Gate title={enter.error ? words.linkFailed : words.signIn}>
      {enter.error ? (
        <Stack sx={{ gap: 2 }}>
          <ErrorPanel error={enter.error} title={words.linkFailed} />
          <Button variant="outlined" onClick={() => void navigate('/', { replace: true })}>
            {words.signIn}
          </Button>
        </Stack>
      ) : (
        <>
          <Typography>{words.linkIntro}</Typography>
          <LoadingRows rows={1} height={40} label={words.linkIntro} />
        </>
      )}
    </Gate>
  );
}
