# A parent that is the module AnyEvent::Fork::RPC itself, with the command line,
# input and output of parent.pl. Perl finds the module by -I or PERL5LIB.
#
#    perl -I LIB real_parent.pl [--async] [--stdio] COMMAND [ARG...]
#
# With --stdio the socket is the command's standard input and output.

use strict;
use warnings;
use Getopt::Long qw(:config require_order);

GetOptions("async" => \my $async, "stdio" => \my $stdio) && @ARGV
   or die "usage: real_parent.pl [--async] [--stdio] COMMAND [ARG...]\n";
binmode $_ for \*STDIN, \*STDOUT;
$| = 1;

# What the module uses of an AnyEvent::Fork, with any command as the process.
package Process {
   use Fcntl;
   use IO::Handle;
   use POSIX ();
   use Socket;

   sub new { bless {command => $_[1], fds => $_[2]}, $_[0] }

   # The command loads its functions itself.
   sub require { $_[0] }
   sub send_arg { $_[0] }

   sub run {
      my ($self, undef, $cb) = @_;
      socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC
         or die "real_parent.pl: socketpair: $!\n";
      $self->{pid} = fork // die "real_parent.pl: fork: $!\n";
      if (!$self->{pid}) {
         for my $fd (@{ $self->{fds} }) {
            if (fileno $theirs == $fd) {
               fcntl $theirs, F_SETFD, 0; # dup2 would leave it to be closed by exec
            } else {
               POSIX::dup2(fileno $theirs, $fd);
            }
         }
         my @command = @{ $self->{command} };
         no warnings "exec";
         exec { $command[0] } @command
            or print STDERR "real_parent.pl: cannot start $command[0]: $!\n";
         POSIX::_exit(127);
      }
      close $theirs;
      $ours->blocking(0); # as AnyEvent::Fork hands it out
      $cb->($ours);
      return $self;
   }
}

package main;

use AnyEvent;
use AnyEvent::Fork::RPC;
use Errno ();

my $outstanding = 0;
my ($input, $ended);
my $process = Process->new([@ARGV], $stdio ? [0, 1] : [3]);
my $rpc = AnyEvent::Fork::RPC::run($process, "run",
   async => $async,
   on_event => sub { line("event", @_) },
   on_error => sub { fail("$_[0], with $outstanding calls outstanding") },
   on_destroy => sub { $ended = 1; finish() },
);

my %escape = ("\t" => "\\t", "\n" => "\\n", "\r" => "\\r", "\\" => "\\\\");
my %unescape = reverse %escape;

my $calls = 0;
my $lines = "";
$input = AE::io(\*STDIN, 0, sub {
   my $got = sysread STDIN, $lines, 1 << 20, length $lines;
   return if !defined $got && ($!{EINTR} || $!{EAGAIN});
   $lines .= "\n" if !$got && length $lines; # the last line without one
   while ((my $end = index $lines, "\n") >= 0) {
      call(substr $lines, 0, $end);
      substr $lines, 0, $end + 1, "";
   }
   return if $got;
   undef $input;
   undef $rpc; # half-closes the stream
   finish() if $ended;
});

AE::cv->recv; # for ever: finish and fail exit

sub call {
   my @values = split /\t/, $_[0], -1;
   s/(\\[tnr\\])/$unescape{$1}/g for @values;
   my $call = ++$calls;
   ++$outstanding;
   fail("unexpected eof, with $outstanding calls outstanding") if $ended;
   $rpc->(@values, sub {
      --$outstanding;
      line("result", $call, @_);
   });
}

sub line {
   print join("\t", map s/([\t\n\r\\])/$escape{$1}/gr, @_), "\n";
}

sub finish {
   return if $input; # calls that may still come have no answer
   waitpid $process->{pid}, 0;
   exit 0;
}

sub fail {
   print STDERR "real_parent.pl: $_[0]\n";
   kill TERM => $process->{pid};
   waitpid $process->{pid}, 0;
   exit 1;
}
