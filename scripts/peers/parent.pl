#!/usr/bin/perl
# A parent of the classic dialect, in Perl: it starts COMMAND as its worker and
# calls it. For a worker of this project:
#
#    perl scripts/peers/parent.pl runner child --wire classic --script scripts/peers/worker.lua
#
# Usage: parent.pl [--async] [--stdio] COMMAND [ARG...]
#
# Each line of standard input is a call: its arguments, separated by tabs; an
# empty line has none. Calls do not wait for the answers of earlier ones. What
# the worker sends is printed as it comes, each on a line, separated by tabs:
#
#    result  number of the call, from 1  values...
#    event   values...
#
# In both, \t \n \r \\ stand for a tab, a newline, a CR and a backslash.
# The exit status is 0 if the worker answered all calls and ended the stream.
#
# The stream is a socket that COMMAND gets as file descriptor 3, or with --stdio
# two pipes as its standard input and output. The bytes on it are described in
# wire/PROTOCOL.md, sections 2 and 8. It needs AnyEvent (Debian: libanyevent-perl).

use strict;
use warnings;
use AnyEvent;
use AnyEvent::Handle;
use Errno ();
use Fcntl;
use Getopt::Long qw(:config require_order);
use POSIX ();
use Socket;

GetOptions("async" => \my $async, "stdio" => \my $stdio) && @ARGV
   or die "usage: parent.pl [--async] [--stdio] COMMAND [ARG...]\n";
binmode $_ for \*STDIN, \*STDOUT;
$| = 1; # lines are printed as they come

# ---- The serialiser "string": each octet string after its length. -----------

sub freeze { pack "(w/a*)*", @_ }
sub thaw { unpack "(w/a*)*", $_[0] }

# ---- The worker. ------------------------------------------------------------

my ($pid, $in, $out) = start(@ARGV);

# Returns the worker's process id and this end of the stream: to read, to write.
sub start {
   my @command = @_;
   my ($in, $out, %fds); # which descriptor of the worker's is what
   if ($stdio) {
      pipe my $stdin, $out or die "parent.pl: pipe: $!\n";
      pipe $in, my $stdout or die "parent.pl: pipe: $!\n";
      %fds = (0 => $stdin, 1 => $stdout);
   } else {
      socketpair $in, my $socket, AF_UNIX, SOCK_STREAM, PF_UNSPEC
         or die "parent.pl: socketpair: $!\n";
      $out = $in;
      %fds = (3 => $socket);
   }

   my $pid = fork;
   defined $pid or die "parent.pl: fork: $!\n";
   return ($pid, $in, $out) if $pid; # the worker's end is closed here

   while (my ($fd, $handle) = each %fds) {
      if (fileno $handle == $fd) {
         fcntl $handle, F_SETFD, 0; # dup2 would leave it to be closed by exec
      } else {
         POSIX::dup2(fileno $handle, $fd);
      }
   }
   no warnings "exec";
   exec { $command[0] } @command
      or print STDERR "parent.pl: cannot start $command[0]: $!\n";
   POSIX::_exit(127);
}

# ---- Calls out. -------------------------------------------------------------

my $calls = 0;   # how many were made
my %outstanding; # async: number of the call by its id
my @outstanding; # sync: numbers of the calls, in their order
my $id = 0;      # async: the last one used

# The two directions have a handle each: a worker that has died cannot be
# written to any more, and may still have left something to read.
my $writer = AnyEvent::Handle->new(
   fh => $out,
   on_error => sub { undef $out }, # the end of what it sent will tell
);

sub call {
   my $payload = freeze(@_);
   ++$calls;
   if ($async) {
      do { $id = $id % 0xffffffff + 1 } while exists $outstanding{$id};
      $outstanding{$id} = $calls;
      $writer->push_write(pack "NN/a*", $id, $payload);
   } else {
      push @outstanding, $calls;
      $writer->push_write(pack "N/a*", $payload);
   }
}

sub half_close {
   $writer->on_drain(sub {
      return if !$out;
      $stdio ? $writer->destroy : shutdown $out, SHUT_WR;
      undef $out; # which closes a pipe
   });
}

my $ended;        # how the worker ended the stream, once it has
my $lines = "";   # what was read and is not a whole line yet
my $searched = 0; # how much of it has no newline
my $input;
$input = AnyEvent->io(fh => \*STDIN, poll => "r", cb => sub {
   my $got = sysread STDIN, $lines, 1 << 16, length $lines;
   return if !defined $got && ($!{EINTR} || $!{EAGAIN});
   while ((my $end = index $lines, "\n", $searched) >= 0) {
      call(split_line(substr $lines, 0, $end));
      substr $lines, 0, $end + 1, "";
      $searched = 0;
      ended($ended) if defined $ended;
   }
   $searched = length $lines;
   return if $got;
   undef $input;
   call(split_line($lines)) if length $lines; # the last line without a newline
   defined $ended ? ended($ended) : half_close();
});

# ---- Results and events in. -------------------------------------------------

my $reader;
$reader = AnyEvent::Handle->new(
   fh => $in,
   on_read => sub {
      $reader->unshift_read(chunk => 8, sub {
         my ($id, $length) = unpack "NN", $_[1];
         $reader->unshift_read(chunk => $length, sub { received($id, $_[1]) });
      });
   },
   on_eof => sub { ended("") },
   on_error => sub {
      # A worker that dies with requests unread resets the connection.
      ended($!{ECONNRESET} ? "" : $!{EPIPE} ? " within a frame" : ": $_[2]");
   },
);

sub received {
   my ($id, $payload) = @_;
   if ($id == 0) {
      print join("\t", "event", map escape($_), thaw($payload)), "\n";
      return;
   }
   my $call = $async ? delete $outstanding{$id} : $id == 1 ? shift @outstanding : undef;
   defined $call or fail("the worker answered a call that is not outstanding, with the id $id");
   print join("\t", "result", $call, map escape($_), thaw($payload)), "\n";
}

sub ended {
   ($ended) = @_;
   my $n = @outstanding + keys %outstanding;
   fail("the worker ended the stream$ended, with $n calls outstanding") if $n || $ended;
   return if $input; # it was not asked to: calls that may still come have no answer
   waitpid $pid, 0;
   exit 0;
}

sub fail {
   my ($message) = @_;
   print STDERR "parent.pl: $message\n";
   kill TERM => $pid;
   waitpid $pid, 0;
   exit 1;
}

# ---- Lines. -----------------------------------------------------------------

my (%escape, %unescape);
BEGIN {
   %escape = ("\t" => "\\t", "\n" => "\\n", "\r" => "\\r", "\\" => "\\\\");
   %unescape = reverse %escape;
}

sub escape { $_[0] =~ s/([\t\n\r\\])/$escape{$1}/gr }

sub split_line {
   my @values = split /\t/, $_[0], -1;
   s/(\\[tnr\\])/$unescape{$1}/g for @values;
   return @values;
}

AnyEvent->condvar->recv; # for ever: ended and fail exit
