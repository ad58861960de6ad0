// The keys, by place.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import { t } from '@/lib/strings';
import { mono } from '@/lib/theme';

export function Key({ name }: { name: string }) {
  return name.split(' ').map((part) => (
    <Box
      component="kbd"
      key={part}
      sx={{
        fontFamily: mono,
        fontSize: '0.76rem',
        px: 0.75,
        py: '1px',
        mr: 0.5,
        border: 1,
        borderColor: 'divider',
        borderRadius: 0.75,
        bgcolor: 'sunken',
      }}
    >
      {part}
    </Box>
  ));
}

export function KeysHelp({ close }: { close: () => void }) {
  return (
    <Dialog open onClose={close} fullWidth maxWidth="md" aria-labelledby="keys-help">
      <DialogTitle id="keys-help">{t.help.title}</DialogTitle>
      <DialogContent>
        <Box sx={{ display: 'grid', gap: 3, gridTemplateColumns: { xs: '1fr', sm: 'repeat(3, 1fr)' } }}>
          {t.help.groups.map((group) => (
            <Box key={group.name}>
              <Typography variant="h3" component="h3" sx={{ mb: 1 }}>
                {group.name}
              </Typography>
              <Box
                component="dl"
                sx={{
                  m: 0,
                  display: 'grid',
                  gridTemplateColumns: 'max-content 1fr',
                  columnGap: 1,
                  rowGap: 0.75,
                }}
              >
                {group.keys.map(([key = '', what]) => (
                  <Box key={key} sx={{ display: 'contents' }}>
                    <dt>
                      <Key name={key} />
                    </dt>
                    <Typography component="dd" variant="body2" sx={{ m: 0 }}>
                      {what}
                    </Typography>
                  </Box>
                ))}
              </Box>
            </Box>
          ))}
        </Box>
      </DialogContent>
      <DialogActions>
        <Button onClick={close} autoFocus>
          {t.help.close}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
