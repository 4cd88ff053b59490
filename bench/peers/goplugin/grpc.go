package main

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// echoMethod is the method's full name. Its messages are of protobuf's own types, so
// that no code has to be generated; the bytes are those of a message with a string.
const echoMethod = "/bench.Echo/Echo"

const emitMethod = "/bench.Echo/Emit"

func (*echoPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Echo",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Echo", Handler: echo}},
		Streams:     []grpc.StreamDesc{{StreamName: "Emit", Handler: emit, ServerStreams: true}},
	}, nil)
	return nil
}

func echo(_ any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
	in := new(wrapperspb.StringValue)
	if err := decode(in); err != nil {
		return nil, err
	}
	answer := func(_ context.Context, in any) (any, error) { return in, nil }
	if interceptor == nil {
		return answer(ctx, in)
	}
	return interceptor(ctx, in, &grpc.UnaryServerInfo{FullMethod: echoMethod}, answer)
}

// emit sends the numbers up to what it is asked for.
func emit(_ any, stream grpc.ServerStream) error {
	in := new(wrapperspb.Int64Value)
	if err := stream.RecvMsg(in); err != nil {
		return err
	}
	for i := range in.Value {
		if err := stream.SendMsg(wrapperspb.String(strconv.FormatInt(i+1, 10))); err != nil {
			return err
		}
	}
	return nil
}

func (*echoPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return grpcClient{conn}, nil
}

type grpcClient struct{ conn *grpc.ClientConn }

func (c grpcClient) Echo(payload string) (string, error) {
	answer := new(wrapperspb.StringValue)
	err := c.conn.Invoke(context.Background(), echoMethod, wrapperspb.String(payload), answer)
	return answer.GetValue(), err
}

// Emit gets the numbers as a stream.
func (c grpcClient) Emit(n int) (sum int64, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream, err := c.conn.NewStream(ctx, &grpc.StreamDesc{StreamName: "Emit", ServerStreams: true}, emitMethod)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(stream.SendMsg(wrapperspb.Int64(int64(n))), stream.CloseSend()); err != nil {
		return 0, err
	}
	for {
		event := new(wrapperspb.StringValue)
		if err := stream.RecvMsg(event); errors.Is(err, io.EOF) {
			return sum, nil
		} else if err != nil {
			return 0, err
		}
		i, err := strconv.ParseInt(event.Value, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += i
	}
}
