# A child that is the module AnyEvent::Fork::RPC itself, with the functions of
# the peers. Perl finds the module by -I or PERL5LIB.
#
#    perl -I LIB real_child.pl [--async] [--stdio]

use strict;
use warnings;
use Getopt::Long;

GetOptions("async" => \my $async, "stdio" => \my $stdio) && !@ARGV
   or die "usage: real_child.pl [--async] [--stdio]\n";

sub init { } # loads modules, say

sub run {
   my ($what, @args) = @_;
   return @args if $what eq "echo";
   if ($what eq "events") {
      AnyEvent::Fork::RPC::event("tick", $_) for 1 .. $args[0];
      return $args[0];
   }
   if ($what eq "sleep") {
      select undef, undef, undef, $args[0];
      return $args[0];
   }
   return length $args[0] if $what eq "length";
   exit 7 if $what eq "die";
   die "there is no function '$what'\n";
}

sub run_async {
   my ($done, $what, @args) = @_;
   if ($what eq "sleep") {
      my $timer;
      $timer = AE::timer($args[0], 0, sub { undef $timer; $done->($args[0]) });
      return;
   }
   # An event loop may go on after an exception; classic wants the child to end.
   my @results = eval { run($what, @args) };
   if ($@) {
      print STDERR $@;
      exit 1;
   }
   $done->(@results);
}

my $stream;
if ($stdio) {
   $stream = \*STDIN; # the module then writes to STDOUT
} else {
   open $stream, "+<&=", 3 or die "real_child.pl: descriptor 3: $!\n";
}
binmode $_ for $stream, \*STDOUT;

my $backend = "AnyEvent::Fork::RPC::" . ($async ? "Async" : "Sync");
eval "require $backend" or die $@;
my $serialiser = '(sub { pack "(w/a*)*", @_ }, sub { unpack "(w/a*)*", shift })';
$backend->can("run")->($stream, $async ? "run_async" : "run", "init", $serialiser, "$backend\::do_exit");
