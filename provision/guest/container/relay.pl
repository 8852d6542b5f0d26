# relay.pl CHANNELS SILENCE QEMU ARGUMENT...: the first process of a machine's container. Starts QEMU with a socket on
# each descriptor from 3 on, and carries what passes over them through this process's own input and output, which is
# the one connection to an engine that works everywhere.
#
# A frame is a byte for its kind, four for its length, and its bytes. To and from the client, 0 to CHANNELS-1 are data.
# From the client: 64+N holds channel N back and 128+N lets it go on, 253 asks for a file and removes it, 254 says
# that somebody is there. To the client: 253 is the file, 252 why there is none, 255 how QEMU ended, which comes last.
#
# The end of the input means that the client is gone: QEMU goes too, and with this process the container. So does a
# client that says nothing for SILENCE seconds, whose computer was switched off or lost its network.
use strict;
use warnings;
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use POSIX qw(WNOHANG);
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC);

my $chunk = 65536;
my $most_waiting = 1 << 20;
my $most_file = 16 << 20;

my ($channels, $silence, @qemu) = @ARGV;
my (@ours, @theirs);
for my $channel (0 .. $channels - 1) {
    socketpair($ours[$channel], $theirs[$channel], AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die "relay: socketpair: $!\n";
    nonblocking($ours[$channel]);
}

my $pid = fork // die "relay: fork: $!\n";
if ($pid == 0) {
    # Each pair's second descriptor lies above its place, and they grow: none is overwritten before it is moved.
    POSIX::dup2(fileno($theirs[$_]), 3 + $_) for 0 .. $channels - 1;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    exec { $qemu[0] } @qemu or print STDERR "$qemu[0]: $!\n";
    POSIX::_exit(127);
}
close $_ for @theirs;
nonblocking(\*STDOUT);
$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = sub { };
$SIG{$_} = sub { leave() } for qw(TERM INT HUP);

my ($in, $out) = ('', '');
my @to = ('') x $channels;
my @held = (0) x $channels;
my @open = (1) x $channels;
my $quiet = 0;
my $now = time;
my $how;

while (1) {
    my ($readers, $writers) = ('', '');
    vec($readers, 0, 1) = 1;
    vec($writers, 1, 1) = 1 if length $out;
    for my $channel (grep { $open[$_] } 0 .. $channels - 1) {
        my $descriptor = fileno $ours[$channel];
        vec($writers, $descriptor, 1) = 1 if length $to[$channel];
        # What a QEMU that ended has left behind is read, whoever was to wait.
        my $wanted = defined $how || !$held[$channel];
        vec($readers, $descriptor, 1) = 1 if $wanted && length $out < $most_waiting;
    }
    # The last socket may be closed a moment before the process can be waited for.
    my $patience = grep({ $_ } @open) ? 1 : 0.02;
    ($readers, $writers) = ('', '') if select($readers, $writers, undef, $patience) < 0;
    if (vec($readers, 0, 1)) {
        my $got = sysread STDIN, $in, $chunk, length $in;
        leave() if defined $got ? $got == 0 : !$!{EINTR};
        $quiet = 0;
        take_frames();
    }
    for my $channel (grep { $open[$_] } 0 .. $channels - 1) {
        my $descriptor = fileno $ours[$channel];
        if (vec($writers, $descriptor, 1)) {
            my $sent = syswrite $ours[$channel], $to[$channel], $chunk;
            if (defined $sent) { substr $to[$channel], 0, $sent, '' }
            elsif (!$!{EAGAIN} && !$!{EINTR}) { $to[$channel] = '' }
        }
        if (vec($readers, $descriptor, 1)) {
            my $data;
            my $got = sysread $ours[$channel], $data, $chunk;
            if ($got) { say_frame($channel, $data) }
            elsif (defined $got || !$!{EAGAIN} && !$!{EINTR}) { $open[$channel] = 0 }
        }
    }
    if (vec($writers, 1, 1)) {
        my $sent = syswrite STDOUT, $out, $chunk;
        if (defined $sent) { substr $out, 0, $sent, '' }
        elsif (!$!{EAGAIN} && !$!{EINTR}) { leave() }
    }
    if (!defined $how && waitpid($pid, WNOHANG) == $pid) {
        $how = $? & 127 ? 'signal ' . ($? & 127) : 'exit ' . ($? >> 8);
    }
    if (defined $how && !grep { $_ } @open) {
        say_frame(255, $how) if $how ne '';
        $how = '';
        exit 0 if $out eq '';
    }
    # A clock that was put forward, as after a sleep, is no silence.
    my $before = $now;
    $now = time;
    $quiet += $now - $before > 1 ? 2 : 1 if $now > $before;
    leave() if $quiet > $silence;
}

sub nonblocking {
    my ($handle) = @_;
    fcntl $handle, F_SETFL, fcntl($handle, F_GETFL, 0) | O_NONBLOCK or die "relay: fcntl: $!\n";
}

sub leave {
    kill 'KILL', $pid;
    exit 0;
}

sub say_frame {
    my ($kind, $data) = @_;
    $out .= pack('CN', $kind, length $data) . $data;
}

sub take_frames {
    while (length $in >= 5) {
        my ($kind, $length) = unpack 'CN', $in;
        last if length $in < 5 + $length;
        my $data = substr $in, 5, $length;
        substr $in, 0, 5 + $length, '';
        if ($kind < $channels) { $to[$kind] .= $data if $open[$kind] }
        elsif ($kind == 253) { say_file($data) }
        elsif ($kind >= 128 && $kind - 128 < $channels) { $held[$kind - 128] = 0 }
        elsif ($kind >= 64 && $kind - 64 < $channels) { $held[$kind - 64] = 1 }
    }
}

sub say_file {
    my ($path) = @_;
    my $content = '';
    if (open my $file, '<:raw', $path) {
        read $file, $content, $most_file;
        close $file;
        unlink $path;
        say_frame(253, $content);
    }
    else {
        say_frame(252, "$path: $!");
    }
}
